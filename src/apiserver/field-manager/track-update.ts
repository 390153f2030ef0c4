import type { ManagedFieldsEntry, StoredObject } from "../../api/meta.ts";
import { apiVersionOf, type ResourceDefinition } from "../../api/resource-definition.ts";
import { isJsonObject } from "../checked-json.ts";
import { holdChanges } from "../managed-fields/change-owners.ts";
import { compare, withoutFields } from "../managed-fields/compare.ts";
import { isEmptySet } from "../managed-fields/field-set.ts";
import { capManagers } from "./cap-managers.ts";
import { decodeEntries, encodeEntries, type Managed, managerKey, parseEntries } from "./entries.ts";
import { resetFields, typeOfKind } from "./kind-type.ts";
import { writtenView } from "./owned-view.ts";
import { toTime } from "./time.ts";

/** A write that is no apply. */
export interface TrackedUpdate {
  readonly definition: ResourceDefinition;
  /** Undefined for a create. */
  readonly live: StoredObject | undefined;
  /** As it will be stored; what is the very same object as in `live` is not looked at. */
  readonly next: object;
  /** `metadata.managedFields` as the client sent them; undefined where it sent none, or may not. */
  readonly given?: unknown;
  readonly manager: string;
  /** Empty for the object itself; `status`, `scale`. */
  readonly subresource: string;
  readonly nowMs: number;
}

/**
 * The managedFields of an object after a write: the writer holds what it changed, nobody what it
 * removed. An object whose managers nobody ever kept stays so until it is first applied.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function trackUpdate(update: TrackedUpdate): readonly ManagedFieldsEntry[] {
  const { definition, live, next, manager, subresource, nowMs } = update;
  const managed = managedBefore(update);
  if (live !== undefined && managed.managers.size === 0) return [];
  return encodeEntries(
    capManagers(
      holdUpdate(managed, {
        definition,
        before: live === undefined ? {} : writtenView(live, subresource),
        after: writtenView(next, subresource),
        manager,
        subresource,
        nowMs,
      }),
    ),
  );
}

export interface Update {
  readonly definition: ResourceDefinition;
  readonly before: object;
  readonly after: object;
  readonly manager: string;
  readonly subresource: string;
  readonly nowMs: number;
}

/** The managers after a write. The writer's time moves only when it gained something. */
export function holdUpdate({ managers, times }: Managed, update: Update): Managed {
  const { definition, before, after, manager, subresource, nowMs } = update;
  const apiVersion = apiVersionOf(definition);
  const ignored = resetFields(definition, subresource);
  const comparison = withoutFields(compare(typeOfKind(definition), before, after), ignored);
  const key = managerKey({ manager, operation: "Update", apiVersion, subresource });
  const held = holdChanges({ managers, manager: key, apiVersion, comparison }, ignored);
  const isGaining = !isEmptySet(comparison.added) || !isEmptySet(comparison.modified);
  return {
    managers: held,
    times: isGaining ? new Map(times).set(key, toTime(nowMs)) : times,
  };
}

/** A client may write managedFields itself, or reset them, but not through a subresource. */
function managedBefore({ live, given, subresource }: TrackedUpdate): Managed {
  const stored = live?.metadata.managedFields;
  if (given === undefined || given === null || subresource !== "") return decodeEntries(stored);
  if (isReset(given)) return decodeEntries([]);
  const entries = parseEntries(given);
  return decodeEntries(entries ?? stored);
}

function isReset(given: unknown): boolean {
  if (!Array.isArray(given) || given.length > 1) return false;
  return given.every((entry) => isJsonObject(entry) && Object.keys(entry).length === 0);
}
