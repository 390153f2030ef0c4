import { type FieldSet, NO_FIELDS, toNode } from "./field-set.ts";
import { bySteps } from "./list-step.ts";
import { fieldType, type ListType, type MapType, type NodeType } from "./node-type.ts";
import { asList, asMap, isEmptyMap, typeFor } from "./view.ts";

/**
 * The fields that whoever sends `value` claims: its leaves, the items of its lists, and the members
 * of its maps that no schema names.
 */
export function toFieldSet(type: NodeType, value: unknown): FieldSet {
  return membersOf(type, value).children;
}

/** A value is in the set itself when it is a leaf. */
interface Claim {
  readonly isLeaf: boolean;
  readonly children: FieldSet;
}

const LEAF: Claim = { isLeaf: true, children: NO_FIELDS };

function membersOf(type: NodeType, value: unknown): Claim {
  const plain = typeFor(type, value);
  if (plain.kind === "scalar") return LEAF;
  if (plain.kind === "list")
    return plain.relation === "atomic" ? LEAF : { isLeaf: false, children: ofList(plain, value) };
  return plain.isAtomic ? LEAF : { isLeaf: false, children: ofMap(plain, value) };
}

function ofMap(type: MapType, value: unknown): FieldSet {
  const set: Record<string, FieldSet> = {};
  for (const [name, member] of Object.entries(asMap(value) ?? {})) {
    const { isLeaf, children } = membersOf(fieldType(type, name), member);
    const map = asMap(member);
    const isBare = member === null || (map !== undefined && isEmptyMap(map));
    const node = toNode(isLeaf || isBare || !type.fields.has(name), children);
    if (node !== undefined) set[`f:${name}`] = node;
  }
  return set;
}

function ofList(type: ListType, value: unknown): FieldSet {
  const set: Record<string, FieldSet> = {};
  for (const [step, [item, ...same]] of bySteps(type, asList(value) ?? [])) {
    // Items of one name cannot be told apart, and are owned together.
    const children = same.length > 0 ? NO_FIELDS : membersOf(type.item, item).children;
    set[step] = toNode(true, children) ?? NO_FIELDS;
  }
  return set;
}
