import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyDefaults } from "../../../src/api/defaults.ts";
import type { JsonSchema } from "../../../src/api/json-schema.ts";
import { pluginSpecSchema } from "../../../src/api/plugin-schema.ts";

const schema: JsonSchema = {
  type: "object",
  required: ["must"],
  properties: {
    must: { type: "string" },
    may: { type: "string" },
    count: { type: "integer", default: 3 },
    nested: {
      type: "object",
      default: {},
      properties: { deep: { type: "string", default: "x" } },
    },
    closed: { type: "object", properties: { deep: { type: "string", default: "x" } } },
    list: {
      type: "array",
      items: { type: "object", properties: { on: { type: "boolean", default: true } } },
    },
    map: {
      type: "object",
      additionalProperties: {
        type: "object",
        properties: { on: { type: "boolean", default: true } },
      },
    },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

describe("applyDefaults", () => {
  test.each([
    ["fills in a scalar and an object that is left out", {}, { count: 3, nested: { deep: "x" } }],
    [
      "treats a null with a default as left out",
      { count: null, nested: null },
      { count: 3, nested: { deep: "x" } },
    ],
    ["drops a null without a default", { may: null }, { count: 3, nested: { deep: "x" } }],
    [
      "keeps a null in a required field, to be named",
      { must: null },
      { must: null, count: 3, nested: { deep: "x" } },
    ],
    [
      "does not make up an object without a default",
      { closed: {} },
      { count: 3, nested: { deep: "x" }, closed: { deep: "x" } },
    ],
    [
      "goes into items and maps",
      { list: [{}, { on: false }, 5, null], map: { a: {}, b: null } },
      {
        count: 3,
        nested: { deep: "x" },
        list: [{ on: true }, { on: false }, 5, null],
        map: { a: { on: true }, b: null },
      },
    ],
    [
      "leaves what is open alone",
      { open: { a: null, b: { c: null } } },
      { count: 3, nested: { deep: "x" }, open: { a: null, b: { c: null } } },
    ],
    [
      "leaves a value of the wrong type to the validator",
      { count: "many", nested: 5 },
      { count: "many", nested: 5 },
    ],
  ])("%s", (_name, value, expected) => {
    expect(applyDefaults(schema, value)).toEqual(expected);
  });

  test("keeps a key named __proto__ a key", () => {
    const result = applyDefaults(schema, JSON.parse('{"__proto__": {"may": "evil"}}'));
    expect(Object.keys(result as object)).toContain("__proto__");
    expect((result as { may?: string }).may).toBeUndefined();
  });

  test("hands out a fresh default each time", () => {
    const open: JsonSchema = { type: "object", properties: { a: { type: "array", default: [] } } };
    const first = applyDefaults(open, {}) as { a: string[] };
    first.a.push("mine");
    expect(applyDefaults(open, {})).toEqual({ a: [] });
  });

  const names = fc.constantFrom("source", "probes", "liveness", "restart", "replicas", "dependsOn");
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 2 }),
      fc.dictionary(fc.oneof(names, fc.string()), tie("tree"), { maxKeys: 5 }),
      fc.array(tie("tree"), { maxLength: 5 }),
    ),
  }));

  test("is the same twice as once, and changes nothing it is given", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const before = structuredClone(value);
        const once = applyDefaults(pluginSpecSchema, value);
        expect(applyDefaults(pluginSpecSchema, once)).toEqual(once);
        expect(value).toEqual(before);
      }),
    );
  });
});
