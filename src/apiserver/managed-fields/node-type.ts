import type { JsonSchema } from "../../api/json-schema.ts";

/**
 * What the rules of ownership must know of a value: whether it is owned whole or in parts.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export type NodeType = ScalarType | ListType | MapType | DeducedType;

export interface ScalarType {
  readonly kind: "scalar";
}

export interface ListType {
  readonly kind: "list";
  /** `atomic`: owned whole. `set`: items are scalars, each owned. `map`: items are told apart by `keys`. */
  readonly relation: "atomic" | "set" | "map";
  /** Sorted. */
  readonly keys: readonly string[];
  readonly item: NodeType;
}

export interface MapType {
  readonly kind: "map";
  readonly isAtomic: boolean;
  readonly fields: ReadonlyMap<string, NodeType>;
  /** Of members that `fields` does not name; undefined where there may be none. */
  readonly others: NodeType | undefined;
  /** What stands in for a key that an item of a list leaves out. */
  readonly defaults: ReadonlyMap<string, unknown>;
}

/** No schema: maps are owned in parts, lists and scalars whole. */
export interface DeducedType {
  readonly kind: "deduced";
}

export const DEDUCED: DeducedType = { kind: "deduced" };
export const SCALAR: ScalarType = { kind: "scalar" };

/** The type that a structural schema describes. */
export function toNodeType(schema: JsonSchema): NodeType {
  if (schema.type === "object") return toMapType(schema);
  if (schema.type === "array") return toListType(schema);
  return schema.type === undefined ? DEDUCED : SCALAR;
}

function toMapType(schema: JsonSchema): MapType {
  const properties = Object.entries(schema.properties ?? {});
  return {
    kind: "map",
    isAtomic: schema["x-kubernetes-map-type"] === "atomic",
    fields: new Map(properties.map(([name, property]) => [name, toNodeType(property)])),
    others: othersOf(schema),
    defaults: new Map(
      properties.flatMap(([name, property]) =>
        property.default === undefined ? [] : [[name, property.default]],
      ),
    ),
  };
}

function othersOf(schema: JsonSchema): NodeType | undefined {
  const { additionalProperties, properties } = schema;
  if (typeof additionalProperties === "object") return toNodeType(additionalProperties);
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return DEDUCED;
  if (additionalProperties === true) return DEDUCED;
  return properties === undefined && additionalProperties === undefined ? DEDUCED : undefined;
}

function toListType(schema: JsonSchema): ListType {
  return {
    kind: "list",
    relation: schema["x-kubernetes-list-type"] ?? "atomic",
    keys: (schema["x-kubernetes-list-map-keys"] ?? []).toSorted(),
    item: schema.items === undefined ? DEDUCED : toNodeType(schema.items),
  };
}

export function fieldType(type: MapType, name: string): NodeType {
  return type.fields.get(name) ?? type.others ?? DEDUCED;
}
