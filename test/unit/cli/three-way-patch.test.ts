import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isEmptyPatch,
  type JsonObject,
  threeWayPatch,
} from "../../../src/cli/apply/three-way-patch.ts";

describe("threeWayPatch", () => {
  test("sets what the manifest says and leaves what others have set", () => {
    const patch = threeWayPatch({}, { a: { b: 1 } }, { a: { b: 2, others: true }, more: 1 });
    expect(patch).toEqual({ a: { b: 1 } });
  });

  test("removes what was applied before and is no longer said", () => {
    const patch = threeWayPatch(
      { a: { b: 1, c: 2 }, d: 1 },
      { a: { b: 1 } },
      { a: { b: 1, c: 2 }, d: 1 },
    );
    expect(patch).toEqual({ a: { c: null }, d: null });
  });

  test("does not remove what is gone already", () => {
    expect(threeWayPatch({ a: 1 }, {}, {})).toEqual({});
  });

  test("leaves a list alone whose items have only gained defaults", () => {
    const applied = { dependsOn: [{ name: "db" }] };
    const live = { dependsOn: [{ name: "db", condition: "Ready" }] };
    expect(threeWayPatch(applied, applied, live)).toEqual({});
  });

  test("replaces a list that the user has changed, as a whole", () => {
    const live = { dependsOn: [{ name: "db", condition: "Started" }] };
    const applied = { dependsOn: [{ name: "db", condition: "Started" }] };
    const wanted = { dependsOn: [{ name: "db" }] };
    expect(threeWayPatch(applied, wanted, live)).toEqual(wanted);
  });

  test("puts right a list that somebody else has changed", () => {
    const applied = { paths: ["/a", "/b"] };
    expect(threeWayPatch(applied, applied, { paths: ["/a"] })).toEqual(applied);
    expect(threeWayPatch(applied, applied, { paths: ["/b", "/a"] })).toEqual(applied);
  });

  test("treats a null in a manifest as left out", () => {
    expect(threeWayPatch(undefined, { env: null }, { env: { a: 1 } })).toEqual({});
    expect(threeWayPatch({ env: { a: 1 } }, { env: null }, { env: { a: 1 } })).toEqual({
      env: null,
    });
  });

  test("keeps a member named __proto__ an ordinary member", () => {
    const wanted = JSON.parse('{"__proto__": {"a": 1}}') as JsonObject;
    const patch = threeWayPatch(undefined, wanted, {});
    expect(JSON.stringify(patch)).toBe('{"__proto__":{"a":1}}');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constantFrom("x", "y"));
  const { object } = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 2 }), tie("object")),
    object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), {
      maxKeys: 3,
    }),
  }));

  test("once merged, leaves nothing to do, and all that the manifest says holds", () => {
    fc.assert(
      fc.property(object, object, object, (original, modified, current) => {
        const merged = mergePatch(
          current,
          threeWayPatch(original, modified, current),
        ) as JsonObject;
        expect(isEmptyPatch(threeWayPatch(modified, modified, merged))).toBe(true);
        expect(threeWayPatch(undefined, modified, merged)).toEqual({});
      }),
    );
  });
});

/** RFC 7386, as the daemon applies it. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
