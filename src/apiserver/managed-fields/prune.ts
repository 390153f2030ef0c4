import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  NO_FIELDS,
  union,
} from "./field-set.ts";
import type { Holding, Managers } from "./managers.ts";
import { withNamedFields } from "./named-fields.ts";
import type { NodeType } from "./node-type.ts";
import { removeItems } from "./remove.ts";
import { toFieldSet } from "./to-field-set.ts";

export interface PruneInput {
  /** With the new holding of the manager that applies. */
  readonly managers: Managers;
  /** What the manager held when it last applied. */
  readonly last: Holding | undefined;
  readonly apiVersion: string;
}

/**
 * Takes from `merged` what its applier held and does not state any more, unless another manager
 * holds it too. What hangs below a pruned item goes with it only when it was the applier's own.
 */
export function prune(
  type: NodeType,
  merged: unknown,
  { managers, last, apiVersion }: PruneInput,
): unknown {
  if (last === undefined || isEmptySet(last.fields) || last.apiVersion !== apiVersion)
    return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(type, set);
  const present = named(toFieldSet(type, merged));
  const held = named(last.fields);
  const wanted = named(heldBy(managers, apiVersion));
  const without = removeItems(type, merged, held);
  const left = named(toFieldSet(type, without));
  const restored = removeItems(type, merged, difference(present, union(left, wanted)));
  const leftAfter = named(toFieldSet(type, restored));
  return removeItems(type, merged, intersection(difference(present, leftAfter), held));
}

function heldBy(managers: Managers, apiVersion: string): FieldSet {
  return [...managers.values()]
    .filter((holding) => holding.apiVersion === apiVersion)
    .reduce<FieldSet>((all, { fields }) => union(all, fields), NO_FIELDS);
}
