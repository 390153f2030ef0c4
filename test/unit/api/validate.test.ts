import { describe, expect, test } from "vitest";
import { withDefaults } from "../../../src/api/admission.ts";
import type { JsonSchema } from "../../../src/api/json-schema.ts";
import { namespaceDefinition } from "../../../src/api/namespace-definition.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { secretDefinition } from "../../../src/api/secret-definition.ts";
import { isUnknownField } from "../../../src/api/unknown-field.ts";
import { checkObject, checkValue } from "../../../src/api/validate.ts";
import { coreInput, pluginInput } from "./objects.ts";

/** Field and message of each fault of a Plugin. */
function faultsOf(input: object): readonly (readonly [string, string])[] {
  const causes = checkObject(pluginDefinition, withDefaults(pluginDefinition, input));
  return causes.map(({ field, message }) => [field, message]);
}

describe("checkObject", () => {
  test("finds nothing wrong with a valid Plugin", () => {
    expect(faultsOf(pluginInput({ version: ">=1.0.0 <2", config: { any: [1, null] } }))).toEqual(
      [],
    );
  });

  test.each([
    [{ replicas: "3" }, "spec.replicas", 'Invalid value: "string": must be of type integer'],
    [{ replicas: 1.5 }, "spec.replicas", 'Invalid value: "number": must be of type integer'],
    [{ replicas: -1 }, "spec.replicas", "Invalid value: -1: should be greater than or equal to 0"],
    [{ replicas: 101 }, "spec.replicas", "Invalid value: 101: should be less than or equal to 100"],
    [{ source: {} }, "spec.source.path", "Required value"],
    [{ source: null }, "spec.source", "Required value"],
    [{ dependsOn: [{}] }, "spec.dependsOn[0].name", "Required value"],
    [
      { source: { path: "" } },
      "spec.source.path",
      'Invalid value: "": should be at least 1 chars long',
    ],
    [
      { desiredState: "Up" },
      "spec.desiredState",
      'Unsupported value: "Up": supported values: "Running", "Enabled", "Stopped", "Installed", "Disabled"',
    ],
    [{ desiredState: 5 }, "spec.desiredState", 'Invalid value: "integer": must be of type string'],
    [
      { version: "one" },
      "spec.version",
      'Invalid value: "one": must be a range of semantic versions, such as >=1.0.0 <2',
    ],
    [{ replcas: 3 }, "spec.replcas", 'unknown field "spec.replcas", did you mean "replicas"?'],
    [{ whatever: 3 }, "spec.whatever", 'unknown field "spec.whatever"'],
    [
      { dependsOn: Array.from({ length: 65 }, (_, index) => ({ name: `n${index}` })) },
      "spec.dependsOn",
      "Too many: 65: must have at most 64 items",
    ],
    [
      { source: { path: `/${"x".repeat(4096)}` } },
      "spec.source.path",
      "Too long: may not be more than 4096 characters",
    ],
  ])("names the one fault of spec %j", (spec, field, message) => {
    expect(faultsOf(pluginInput(spec))).toEqual([[field, message]]);
  });

  test("tells all faults at once, each once", () => {
    const fields = faultsOf({
      ...pluginInput({ replcas: 1, replicas: "x", version: "", dependsOn: [{ nme: "a" }] }),
      apiVersion: "v9",
      specs: {},
    }).map(([field]) => field);
    expect(fields.toSorted()).toEqual([
      "apiVersion",
      "spec.dependsOn[0].name",
      "spec.dependsOn[0].nme",
      "spec.replcas",
      "spec.replicas",
      "spec.version",
      "specs",
    ]);
  });

  test.each([null, 5, "text", [], undefined])("names %j as no object", (input) => {
    expect(checkObject(pluginDefinition, input)).toEqual([
      { field: "", reason: "FieldValueTypeInvalid", message: "must be an object" },
    ]);
  });

  test("does not look at a status that it will not take", () => {
    expect(faultsOf({ ...pluginInput(), status: { phase: 5 } })).toEqual([]);
    const secret = { ...coreInput("Secret"), status: {} };
    expect(checkObject(secretDefinition, secret).map(({ message }) => message)).toEqual([
      'unknown field "status"',
    ]);
  });

  test("tells unknown fields from other faults", () => {
    const causes = checkObject(pluginDefinition, pluginInput({ replcas: 1, replicas: "x" }));
    expect(causes.filter(isUnknownField).map(({ field }) => field)).toEqual(["spec.replcas"]);
    expect(causes).toHaveLength(2);
  });
});

describe("checkObject on metadata", () => {
  const label = /a lowercase RFC 1123 label must consist of/;
  test.each([
    [{ name: "Upper" }, "metadata.name", label],
    [{ name: "-a" }, "metadata.name", label],
    [{ name: "a\n" }, "metadata.name", label],
    [{ name: "a.b" }, "metadata.name", label],
    [{ name: "a".repeat(64) }, "metadata.name", /must be no more than 63 characters/],
    [{ name: undefined }, "metadata.name", /Required value/],
    [{ name: 5 }, "metadata.name", /must be of type string/],
    [{ namespace: "Bad_" }, "metadata.namespace", label],
    [{ generateName: "a-" }, "metadata.generateName", /generateName is not supported/],
    [{ labels: { "a b": "" } }, "metadata.labels", /name part must consist of/],
    [{ labels: { "/a": "" } }, "metadata.labels", /prefix part must be non-empty/],
    [{ labels: { "a/b/c": "" } }, "metadata.labels", /a qualified name must consist of/],
    [{ labels: { tier: "a b" } }, "metadata.labels.tier", /a valid label must be/],
    [{ labels: { tier: "a".repeat(64) } }, "metadata.labels.tier", /no more than 63/],
    [{ labels: { tier: 5 } }, "metadata.labels.tier", /must be of type string/],
    [{ annotations: { a: "x".repeat(262_144) } }, "metadata.annotations", /more than 262144 bytes/],
    [{ finalizers: ["mine"] }, "metadata.finalizers[0]", /fully qualified/],
    [{ lables: {} }, "metadata.lables", /did you mean "labels"\?/],
  ])("names the one fault of %j", (metadata, field, message) => {
    expect(faultsOf(pluginInput({}, metadata))).toEqual([[field, expect.stringMatching(message)]]);
  });

  test("takes the longest name, nulls, and what a server has filled in", () => {
    const metadata = {
      name: "a".repeat(63),
      labels: null,
      creationTimestamp: null,
      uid: "1",
      resourceVersion: "5",
      generation: 2,
      managedFields: [{ manager: "x" }],
      annotations: { "portunix.ai/prune": "allowed", a: "x".repeat(262_144 - 8 - 18 - 10) },
      ownerReferences: [{ apiVersion: "v1", kind: "K", name: "n", uid: "u" }],
      finalizers: ["portunix.ai/plugin"],
    };
    expect(faultsOf(pluginInput({}, metadata))).toEqual([]);
  });

  test("forbids a namespace where there is none, and lets Secrets have dotted names", () => {
    const namespace = { ...coreInput("Namespace"), metadata: { name: "a", namespace: "b" } };
    expect(checkObject(namespaceDefinition, namespace)).toEqual([
      expect.objectContaining({ field: "metadata.namespace", reason: "FieldValueForbidden" }),
    ]);
    const secret = { ...coreInput("Secret"), metadata: { name: "tls.example.com" } };
    expect(checkObject(secretDefinition, secret)).toEqual([]);
  });
});

describe("checkObject on hostile shapes", () => {
  test("refuses a circle, a deep nest and a bomb without following them", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    let bomb: unknown = "x";
    for (let level = 0; level < 12; level += 1) bomb = Array.from({ length: 10 }, () => bomb);
    for (const value of [circle, nested(10_000), bomb]) {
      const [cause] = checkObject(pluginDefinition, pluginInput({ config: { value } }));
      expect(cause?.message).toMatch(/^Forbidden: (nested deeper|more than)/);
    }
  });

  test.each(["__proto__", "constructor", "prototype"])("refuses the name %s anywhere", (name) => {
    const config: unknown = JSON.parse(`{"a": [{"${name}": 1}]}`);
    expect(checkObject(pluginDefinition, pluginInput({ config }))).toEqual([
      expect.objectContaining({ field: `spec.config.a[0].${name}`, reason: "FieldValueForbidden" }),
    ]);
  });
});

describe("checkValue", () => {
  test("closes objects that name their fields, unless they say otherwise", () => {
    const properties: JsonSchema["properties"] = { a: { type: "string" } };
    const value = { b: 1 };
    expect(checkValue({ type: "object", properties }, value)).toHaveLength(1);
    expect(checkValue({ type: "object", properties, additionalProperties: true }, value)).toEqual(
      [],
    );
    expect(
      checkValue(
        { type: "object", properties, "x-kubernetes-preserve-unknown-fields": true },
        value,
      ),
    ).toEqual([]);
  });

  test("writes paths that read back, below the path it is given", () => {
    const schema: JsonSchema = {
      type: "object",
      additionalProperties: { type: "array", items: { type: "string" } },
    };
    const causes = checkValue(schema, { plain: [1], "a.b/c~d": ["x", 2], "7": [3] }, "spec.map");
    expect(causes.map(({ field }) => field)).toEqual([
      'spec.map["7"][0]',
      "spec.map.plain[0]",
      'spec.map["a.b/c~d"][1]',
    ]);
  });

  test("neither converts nor removes anything", () => {
    const value = { a: "5", b: 1 };
    checkValue({ type: "object", properties: { a: { type: "integer" } } }, value);
    expect(value).toEqual({ a: "5", b: 1 });
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}
