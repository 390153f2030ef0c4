import type { JsonSchema } from "../../api/json-schema.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { type FieldSet, NO_FIELDS, setOf, union } from "../managed-fields/field-set.ts";
import { DEDUCED, type MapType, type NodeType, toNodeType } from "../managed-fields/node-type.ts";

// Filled as kinds are first written, and freed with them.
const types = new WeakMap<ResourceDefinition, NodeType>();

/** The type of an object of a kind, as {@link ownedView} shows it. */
export function typeOfKind(definition: ResourceDefinition): NodeType {
  const known = types.get(definition);
  if (known !== undefined) return known;
  const body = toNodeType(definition.schema);
  const type: MapType = {
    kind: "map",
    isAtomic: false,
    others: body.kind === "map" ? body.others : DEDUCED,
    defaults: new Map(),
    fields: new Map(body.kind === "map" ? body.fields : []).set(
      "metadata",
      toNodeType(OWNED_METADATA),
    ),
  };
  types.set(definition, type);
  return type;
}

/** The fields that an endpoint leaves as they are, and that nobody comes to hold through it. */
export function resetFields(definition: ResourceDefinition, subresource: string): FieldSet {
  if (subresource === "status") return STATUS_ENDPOINT_RESETS;
  return definition.hasStatus ? MAIN_ENDPOINT_RESETS : NO_FIELDS;
}

const MAIN_ENDPOINT_RESETS = setOf(["f:status"]);
const STATUS_ENDPOINT_RESETS = union(setOf(["f:spec"]), setOf(["f:metadata"]));

const texts: JsonSchema = { type: "object", additionalProperties: { type: "string" } };

/** The part of metadata that managers can hold, merged as kube-apiserver merges it. */
const OWNED_METADATA: JsonSchema = {
  type: "object",
  properties: {
    labels: texts,
    annotations: texts,
    finalizers: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    ownerReferences: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      items: {
        type: "object",
        additionalProperties: true,
        properties: { uid: { type: "string" } },
        "x-kubernetes-map-type": "atomic",
      },
    },
  },
};
