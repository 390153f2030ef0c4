import { isSameJson } from "../../base/canonical-json.ts";
import { takeFromOthers } from "./change-owners.ts";
import { compare, withoutFields } from "./compare.ts";
import { type FieldSet, isSameSet, recursiveDifference } from "./field-set.ts";
import type { FieldConflict, Managers } from "./managers.ts";
import { merge } from "./merge.ts";
import type { NodeType } from "./node-type.ts";
import { prune } from "./prune.ts";
import { toFieldSet } from "./to-field-set.ts";

export interface ApplyInput {
  readonly type: NodeType;
  readonly live: unknown;
  /** All that the manager wants, and nothing else. */
  readonly applied: unknown;
  readonly apiVersion: string;
  readonly managers: Managers;
  readonly manager: string;
  /** Take fields that others hold. */
  readonly force: boolean;
  /** Fields that this endpoint does not write; nobody comes to hold them here. */
  readonly ignored: FieldSet;
}

export type ApplyResult =
  | { readonly kind: "conflicts"; readonly conflicts: readonly FieldConflict[] }
  | {
      readonly kind: "applied";
      readonly object: unknown;
      readonly managers: Managers;
      /** Whether the object or its managers differ from before. */
      readonly isChanged: boolean;
    };

/**
 * Server-side apply: lays what is applied over the live object, takes away what this manager
 * applied before and now leaves out, and says who holds what then. Pure.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function apply(input: ApplyInput): ApplyResult {
  const { type, live, applied, apiVersion, manager, force, ignored } = input;
  const last = input.managers.get(manager);
  const fields = recursiveDifference(toFieldSet(type, applied), ignored);
  const claimed = new Map(input.managers).set(manager, { fields, apiVersion, isApplied: true });
  const merged = merge(type, live, applied);
  const object = prune(type, merged, { managers: claimed, last, apiVersion });
  const comparison = withoutFields(compare(type, live, object), ignored);
  const change = { managers: claimed, manager, apiVersion, comparison };
  const { managers, conflicts } = takeFromOthers(change);
  if (conflicts.length > 0 && !force) return { kind: "conflicts", conflicts };
  const isChanged = !isSameManagers(input.managers, managers) || !isSameJson(live, object);
  return { kind: "applied", object, managers, isChanged };
}

function isSameManagers(a: Managers, b: Managers): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, holding]) => {
    const other = b.get(name);
    return (
      other !== undefined &&
      other.apiVersion === holding.apiVersion &&
      other.isApplied === holding.isApplied &&
      isSameSet(other.fields, holding.fields)
    );
  });
}
