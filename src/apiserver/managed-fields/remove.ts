import { below, type FieldSet, has, isEmptySet } from "./field-set.ts";
import { stepOf } from "./list-step.ts";
import { fieldType, type ListType, type MapType, type NodeType } from "./node-type.ts";
import { asList, asMap, typeFor } from "./view.ts";

/** `value` without the fields of `removed`. What ends empty is null. */
export function removeItems(type: NodeType, value: unknown, removed: FieldSet): unknown {
  const plain = typeFor(type, value);
  if (plain.kind === "scalar") return value;
  return plain.kind === "list" ? fromList(plain, value, removed) : fromMap(plain, value, removed);
}

function fromMap(type: MapType, value: unknown, removed: FieldSet): unknown {
  // What is below a value that is owned whole can only go with it.
  if (type.isAtomic) return null;
  const kept = Object.entries(asMap(value) ?? {})
    .filter(([name]) => !has(removed, `f:${name}`))
    .map(([name, member]): [string, unknown] => {
      const inside = below(removed, `f:${name}`);
      return [
        name,
        isEmptySet(inside) ? member : removeItems(fieldType(type, name), member, inside),
      ];
    });
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function fromList(type: ListType, value: unknown, removed: FieldSet): unknown {
  if (type.relation === "atomic") return null;
  const kept = (asList(value) ?? []).flatMap((item) => {
    const step = stepOf(type, item);
    if (step === undefined) return [item];
    if (has(removed, step)) return [];
    const inside = below(removed, step);
    return [isEmptySet(inside) ? item : removeItems(type.item, item, inside)];
  });
  return kept.length === 0 ? null : kept;
}
