import { below, type FieldSet, has, isEmptySet, toNode } from "./field-set.ts";
import { DEDUCED, fieldType, type NodeType } from "./node-type.ts";

/**
 * The set with every field that the schema names and that has something below it in the set. Such
 * fields are in no set by themselves, since nobody can own `spec`; here they count as present.
 */
export function withNamedFields(type: NodeType, set: FieldSet): FieldSet {
  return Object.fromEntries(
    Object.keys(set)
      .filter((step) => step !== ".")
      .map((step) => {
        const inside = below(set, step);
        const isIn = has(set, step) || (!isEmptySet(inside) && isNamed(type, step));
        return [step, toNode(isIn, withNamedFields(typeBelow(type, step), inside)) ?? {}];
      }),
  );
}

function isNamed(type: NodeType, step: string): boolean {
  return type.kind === "map" && step.startsWith("f:") && type.fields.has(step.slice(2));
}

function typeBelow(type: NodeType, step: string): NodeType {
  if (type.kind === "list") return type.item;
  return type.kind === "map" && step.startsWith("f:") ? fieldType(type, step.slice(2)) : DEDUCED;
}
