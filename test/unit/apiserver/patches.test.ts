import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyJsonPatch } from "../../../src/apiserver/json-patch.ts";
import { applyMergePatch } from "../../../src/apiserver/merge-patch.ts";
import { isSameJson } from "../../../src/base/canonical-json.ts";

/** The examples of RFC 7386, appendix A. */
describe("applyMergePatch", () => {
  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("of %j with %j gives %j", (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  test("changes neither its target nor its patch, and twice is as once", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = applyMergePatch(target, patch);
        expect(JSON.stringify([target, patch])).toBe(before);
        expect(isSameJson(applyMergePatch(once, patch), once)).toBe(true);
      }),
    );
  });

  test("cannot reach a prototype", () => {
    const patch = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}') as object;
    applyMergePatch({}, patch);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("applyJsonPatch", () => {
  test("applies operations in order, and leaves its target as it was", () => {
    const target = Object.freeze({ list: Object.freeze([1, 2]), a: "b" });
    const patched = applyJsonPatch(target, [
      { op: "add", path: "/list/-", value: 3 },
      { op: "remove", path: "/list/0" },
      { op: "move", from: "/a", path: "/c" },
      { op: "copy", from: "/list", path: "/more" },
      { op: "test", path: "/c", value: "b" },
    ]);
    expect(patched).toEqual({ list: [2, 3], c: "b", more: [2, 3] });
    expect(target).toEqual({ list: [1, 2], a: "b" });
  });

  test.each([
    [[{ op: "test", path: "/a", value: "c" }], "Test operation failed"],
    [[{ op: "remove", path: "/nowhere" }], "does not exist"],
    [[{ op: "replace", path: "/nowhere/x", value: 1 }], "operation 0 of the JSON patch"],
    [[{ op: "add", path: "/__proto__/x", value: 1 }], "__proto__"],
    [[{ op: "add", path: "/constructor/prototype/x", value: 1 }], "operation 0"],
    [[{ op: "copy", from: "/__proto__", path: "/x" }], "operation 0"],
    [[{ op: "add", path: "/x" }], "`value` property is not present"],
    [[{ op: "add", path: "x", value: 1 }], 'must start with "/"'],
  ])("of %j is 422 Invalid", (patch, message) => {
    expect(() => applyJsonPatch({ a: "b" }, patch)).toThrow(
      expect.objectContaining({
        httpStatus: 422,
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  test.each([
    [{}],
    ["x"],
    [[1]],
    [[{ op: "_get", path: "/a" }]],
    [[{ op: "constructor", path: "/a" }]],
    [[{}]],
  ])("of %j is BadRequest", (patch) => {
    expect(() => applyJsonPatch({ a: "b" }, patch)).toThrow(/JSON patch must (be|have)/);
  });

  test("stops copies that double the document", () => {
    const bomb = Array.from({ length: 60 }, (_, index) => ({
      op: "copy",
      from: "/a",
      path: `/a/x${index}`,
    }));
    expect(() => applyJsonPatch({ a: { text: "x".repeat(100) } }, bomb)).toThrow(
      "copies are too large",
    );
  });

  test("stops a patch of too many operations", () => {
    const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "", value: {} }));
    expect(() => applyJsonPatch({}, many)).toThrow("10000, got 10001");
  });
});
