import * as fc from "fast-check";
import type { JsonSchema } from "../../src/api/json-schema.ts";
import { toNodeType } from "../../src/apiserver/managed-fields/node-type.ts";

const scalar: JsonSchema = { type: "string" };

/** One field of each way in which fields can be owned. */
const schema: JsonSchema = {
  type: "object",
  properties: {
    name: scalar,
    size: { type: "integer" },
    whole: { type: "array", items: scalar },
    caps: { type: "array", items: scalar, "x-kubernetes-list-type": "set" },
    env: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: scalar, value: scalar, note: scalar } },
    },
    labels: { type: "object", additionalProperties: scalar },
    block: { type: "object", additionalProperties: scalar, "x-kubernetes-map-type": "atomic" },
    limits: { type: "object", properties: { cpu: scalar, memory: scalar } },
    config: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

export const objectType = toNodeType(schema);

/** Names and values that a generated object is made of; few, so that objects meet. */
export interface Words {
  readonly members: readonly string[];
  readonly items: readonly string[];
}

const ALL_WORDS: Words = { members: ["cpu", "memory"], items: ["a", "b", "c"] };

/** What a manager may apply; no field in it is null or empty. */
export function appliedObjects(words: Words = ALL_WORDS): fc.Arbitrary<object> {
  const value = fc.constantFrom("1", "2");
  const members = fc.constantFrom(...words.members);
  const items = fc.constantFrom(...words.items);
  const map = fc.dictionary(members, value, { minKeys: 1 });
  const item = fc.record({ name: items, value, note: value }, { requiredKeys: ["name"] });
  return fc
    .record(
      {
        name: value,
        size: fc.nat(2),
        whole: fc.array(value, { minLength: 1, maxLength: 2 }),
        caps: fc.uniqueArray(items, { minLength: 1 }),
        env: fc.uniqueArray(item, { minLength: 1, selector: ({ name }) => name }),
        labels: map,
        block: map,
        limits: map,
        config: fc.dictionary(members, fc.oneof(value, map, fc.array(value, { minLength: 1 })), {
          minKeys: 1,
        }),
      },
      { requiredKeys: [] },
    )
    .map((object) => JSON.parse(JSON.stringify(object)) as object);
}
