import { expect, test } from "vitest";
import { applyStrategicPatch } from "../../../src/apiserver/strategic-merge-patch.ts";

const cases: readonly [string, unknown, unknown, unknown][] = [
  [
    "merges objects, and null removes",
    { a: { b: 1, c: 2 } },
    { a: { b: null, d: 3 } },
    { a: { c: 2, d: 3 } },
  ],
  ["replaces a list without a merge key", { items: [1, 2] }, { items: [3] }, { items: [3] }],
  [
    "adds to finalizers",
    { finalizers: ["a"] },
    { finalizers: ["a", "b"] },
    { finalizers: ["a", "b"] },
  ],
  [
    "takes out of a list of values",
    { finalizers: ["a", "b"] },
    { "$deleteFromPrimitiveList/finalizers": ["a"] },
    { finalizers: ["b"] },
  ],
  [
    "merges items by their key",
    { env: [{ name: "A", value: "1" }, { name: "B" }] },
    { env: [{ name: "A", value: "2" }, { name: "C" }] },
    { env: [{ name: "A", value: "2" }, { name: "B" }, { name: "C" }] },
  ],
  [
    "deletes an item by its key",
    { env: [{ name: "A" }, { name: "B" }] },
    { env: [{ name: "A", $patch: "delete" }] },
    { env: [{ name: "B" }] },
  ],
  [
    "replaces a list when told to",
    { env: [{ name: "A" }] },
    { env: [{ $patch: "replace" }, { name: "B" }] },
    { env: [{ name: "B" }] },
  ],
  [
    "replaces an object when told to",
    { a: { b: 1 } },
    { a: { $patch: "replace", c: 2 } },
    { a: { c: 2 } },
  ],
  [
    "keeps the named members alone",
    { a: { b: 1, c: 2 } },
    { a: { $retainKeys: ["c"], c: 3 } },
    { a: { c: 3 } },
  ],
  [
    "takes no order for a member",
    { env: [] },
    { "$setElementOrder/env": [{ name: "A" }] },
    { env: [] },
  ],
  [
    "makes what is not there",
    {},
    { env: [{ name: "A" }], b: { c: 1 } },
    { env: [{ name: "A" }], b: { c: 1 } },
  ],
];

test.each(cases)("a strategic merge patch %s", (_what, target, patch, result) => {
  const before = JSON.stringify([target, patch]);
  expect(applyStrategicPatch(target, patch)).toEqual(result);
  expect(JSON.stringify([target, patch])).toBe(before);
});

test("a strategic merge patch refuses what it cannot place", () => {
  expect(() => applyStrategicPatch({ env: [{ name: "A" }] }, { env: [{ value: "1" }] })).toThrow(
    /has no "name"/,
  );
  expect(() => applyStrategicPatch({}, { $patch: "eat" })).toThrow(/not one of/);
});

test("a strategic merge patch reaches no prototype", () => {
  const patched = applyStrategicPatch({}, JSON.parse('{"__proto__":{"polluted":true}}') as unknown);
  expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
