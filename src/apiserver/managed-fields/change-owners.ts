import { type Comparison } from "./compare.ts";
import {
  difference,
  type FieldSet,
  intersection,
  includes,
  isEmptySet,
  meets,
  NO_FIELDS,
  pathsOf,
  recursiveDifference,
  union,
} from "./field-set.ts";
import type { FieldConflict, Holding, Managers } from "./managers.ts";

/** A write, and what it changed. */
export interface Change {
  readonly managers: Managers;
  /** Who writes. */
  readonly manager: string;
  readonly apiVersion: string;
  readonly comparison: Comparison;
}

/**
 * What `change` takes from managers other than its own. Holdings in a version that is not served
 * any more are dropped, as they cannot be read.
 */
export function takeFromOthers({ managers, manager, apiVersion, comparison }: Change): {
  readonly managers: Managers;
  readonly conflicts: readonly FieldConflict[];
} {
  const changed = union(comparison.modified, comparison.added);
  const left = new Map<string, Holding>();
  const conflicts: FieldConflict[] = [];
  for (const [other, holding] of managers) {
    if (other !== manager && holding.apiVersion !== apiVersion) continue;
    if (other === manager) {
      if (!isEmptySet(holding.fields)) left.set(other, holding);
      continue;
    }
    if (!meets(holding.fields, changed) && !meets(holding.fields, comparison.removed)) {
      left.set(other, holding);
      continue;
    }
    const taken = intersection(holding.fields, changed);
    conflicts.push(...pathsOf(taken).map((path) => ({ manager: other, path })));
    const fields = difference(difference(holding.fields, taken), comparison.removed);
    if (!isEmptySet(fields)) left.set(other, { ...holding, fields });
  }
  return { managers: left, conflicts };
}

/** The managers after a write that is no apply: the writer holds all that it changed. */
export function holdChanges(change: Change, ignored: FieldSet): Managers {
  const { manager, apiVersion, comparison } = change;
  const managers = new Map(takeFromOthers(change).managers);
  const before = managers.get(manager)?.fields ?? NO_FIELDS;
  const fields = recursiveDifference(held(before, comparison), ignored);
  if (isEmptySet(fields)) managers.delete(manager);
  else managers.set(manager, { fields, apiVersion, isApplied: false });
  return managers;
}

/** Most writes are like the last one of their writer, and leave it what it has. */
function held(before: FieldSet, { added, modified, removed }: Comparison): FieldSet {
  const kept = meets(before, removed) ? difference(before, removed) : before;
  const hasAll = includes(kept, modified) && includes(kept, added);
  return hasAll ? kept : union(union(kept, modified), added);
}
