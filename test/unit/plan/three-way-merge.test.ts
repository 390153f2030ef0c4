import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, isSameJson } from "../../../src/base/canonical-json.ts";
import { threeWayMerge } from "../../../src/plan/three-way-merge.ts";

describe("threeWayMerge", () => {
  test.each([
    ["sets what is new", {}, { a: 1 }, {}, { a: 1 }],
    ["takes away what the text no longer says", { a: 1, b: 2 }, { b: 2 }, { a: 1, b: 2 }, { b: 2 }],
    ["leaves what the text never said", { a: 1 }, { a: 2 }, { a: 1, c: 3 }, { a: 2, c: 3 }],
    ["corrects what others changed", { a: 1 }, { a: 1 }, { a: 9 }, { a: 1 }],
    ["merges deep", { a: { x: 1 } }, { a: { y: 2 } }, { a: { x: 1, z: 3 } }, { a: { y: 2, z: 3 } }],
    [
      "keeps others' part of a removed map",
      { a: { x: 1 } },
      {},
      { a: { x: 1, z: 3 } },
      { a: { z: 3 } },
    ],
    ["takes an emptied map away", { a: { x: 1 } }, {}, { a: { x: 1 } }, {}],
    ["replaces a list", { a: [1, 2] }, { a: [2] }, { a: [1, 2] }, { a: [2] }],
    ["takes null for absent", { a: 1 }, { a: null }, { a: 1, b: 2 }, { b: 2 }],
    ["replaces a scalar by a map", { a: 1 }, { a: { x: 1 } }, { a: 1 }, { a: { x: 1 } }],
    ["works without a last applied text", undefined, { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ])("%s", (_name, lastApplied, desired, live, expected) => {
    expect(threeWayMerge(lastApplied, desired, live)).toEqual(expected);
  });

  test("keeps the defaults in the items of a list that the text has not changed", () => {
    const text = { dependsOn: [{ name: "a" }] };
    const live = { dependsOn: [{ name: "a", condition: "Ready" }] };
    expect(threeWayMerge(text, text, live)).toBe(live);
    expect(threeWayMerge(text, text, { dependsOn: [{ name: "b", condition: "Ready" }] })).toEqual(
      text,
    );
    const former = { dependsOn: [{ name: "a", condition: "Ready" }] };
    expect(threeWayMerge(former, text, live)).toEqual(text);
  });

  test("sets a member called __proto__ and no prototype", () => {
    const desired: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
    const merged = threeWayMerge({}, desired, {});
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"polluted":true}}');
  });

  const json = fc.object({
    key: fc.constantFrom("a", "b", "c"),
    maxDepth: 3,
    withNullPrototype: false,
  });

  test("is settled after one application, and then returns the live value itself", () => {
    fc.assert(
      fc.property(json, json, json, (lastApplied, desired, live) => {
        const text: unknown = JSON.parse(JSON.stringify(desired));
        const once = threeWayMerge(lastApplied, text, JSON.parse(JSON.stringify(live)));
        expect(threeWayMerge(text, text, once)).toBe(once);
      }),
      { numRuns: 1_000 },
    );
  });

  test("says what the text says wherever the text says something", () => {
    fc.assert(
      fc.property(json, json, json, (lastApplied, desired, live) => {
        const text = withoutNulls(JSON.parse(JSON.stringify(desired)));
        const merged = threeWayMerge(lastApplied, text, live);
        expect(isSameJson(pick(merged, text), text), canonicalJson(merged)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === null ? [] : [[name, withoutNulls(member)]],
    ),
  );
}

/** The part of `value` that `text` speaks about. */
function pick(value: unknown, text: unknown): unknown {
  if (typeof text !== "object" || text === null || Array.isArray(text)) return value;
  if (typeof value !== "object" || value === null) return value;
  const members = new Map(Object.entries(value));
  return Object.fromEntries(
    Object.entries(text).map(([name, member]) => [name, pick(members.get(name), member)]),
  );
}
