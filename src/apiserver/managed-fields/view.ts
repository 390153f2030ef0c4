import { DEDUCED, type ListType, type MapType, type NodeType, SCALAR } from "./node-type.ts";

/** A type without the open question of what it is. */
export type PlainType = Exclude<NodeType, { readonly kind: "deduced" }>;

const DEDUCED_MAP: MapType = {
  kind: "map",
  isAtomic: false,
  fields: new Map(),
  others: DEDUCED,
  defaults: new Map(),
};

const DEDUCED_LIST: ListType = { kind: "list", relation: "atomic", keys: [], item: DEDUCED };

/**
 * How `value` is to be looked at. What does not fit its type, as objects from before a change of
 * the schema may not, is looked at as if it had none.
 */
export function typeFor(type: NodeType, value: unknown): PlainType {
  if (value === null || value === undefined) return type.kind === "deduced" ? DEDUCED_MAP : type;
  const shape = shapeOf(value);
  if (type.kind === shape) return type;
  if (shape === "map") return DEDUCED_MAP;
  return shape === "list" ? DEDUCED_LIST : SCALAR;
}

export type ValueMap = Readonly<Record<string, unknown>>;

/** Undefined unless `value` is a map. */
export function asMap(value: unknown): ValueMap | undefined {
  return shapeOf(value) === "map" ? (value as ValueMap) : undefined;
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function memberOf(map: ValueMap | undefined, name: string): unknown {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}

export function namesOf(a: ValueMap | undefined, b: ValueMap | undefined): readonly string[] {
  const left = Object.keys(a ?? {});
  if (b === undefined) return left;
  const right = Object.keys(b);
  return a === undefined ? right : [...left, ...right.filter((name) => !Object.hasOwn(a, name))];
}

export function isEmptyMap(map: ValueMap | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}

/** Whether both are the same JSON value; the order of a map's members does not count. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  const left = asMap(a);
  const right = asMap(b);
  if (left === undefined || right === undefined) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]));
}

function shapeOf(value: unknown): "map" | "list" | "scalar" {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" && value !== null ? "map" : "scalar";
}
