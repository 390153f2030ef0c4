import { mergeItems } from "./merge-lists.ts";
import { fieldType, type ListType, type MapType, type NodeType } from "./node-type.ts";
import { asList, asMap, isEmptyMap, memberOf, namesOf, typeFor } from "./view.ts";

/**
 * `applied` laid over `live`: maps and named items are joined, all else of `applied` replaces.
 * Undefined stands for no value.
 */
export function merge(type: NodeType, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === applied) return live;
  const plain = typeFor(type, applied);
  if (plain.kind === "scalar") return applied;
  return plain.kind === "list" ? mergeList(plain, live, applied) : mergeMap(plain, live, applied);
}

function mergeMap(type: MapType, live: unknown, applied: unknown): unknown {
  const left = asMap(live);
  const right = asMap(applied);
  if (type.isAtomic || (isEmptyMap(left) && isEmptyMap(right))) return applied;
  // fromEntries defines members, so that no name can reach a setter.
  return Object.fromEntries(
    namesOf(left, right).map((name) => [
      name,
      merge(fieldType(type, name), memberOf(left, name), memberOf(right, name)),
    ]),
  );
}

function mergeList(type: ListType, live: unknown, applied: unknown): unknown {
  const left = asList(live) ?? [];
  const right = asList(applied) ?? [];
  if (type.relation === "atomic" || left.length + right.length === 0) return applied;
  return mergeItems(type, { left, right, mergeItem: (...pair) => merge(type.item, ...pair) });
}
