import type { ManagedFieldsEntry, StoredObject } from "../../api/meta.ts";
import { apiVersionOf, type ResourceDefinition } from "../../api/resource-definition.ts";
import type { JsonObject } from "../checked-json.ts";
import { apply, type ApplyInput, type ApplyResult } from "../managed-fields/apply.ts";
import { hasPath } from "../managed-fields/field-set.ts";
import { applyConflict } from "./conflict-error.ts";
import {
  decodeEntries,
  encodeEntries,
  type Managed,
  managerKey,
  NOTHING_MANAGED,
} from "./entries.ts";
import { resetFields, typeOfKind } from "./kind-type.ts";
import { KUBECTL, lastAppliedFields, withLastApplied } from "./last-applied.ts";
import { storedView } from "./owned-view.ts";
import { toTime } from "./time.ts";
import { holdUpdate } from "./track-update.ts";

export interface TrackedApply {
  readonly definition: ResourceDefinition;
  /** Undefined when the object is not there yet. */
  readonly live: StoredObject | undefined;
  /** The whole document that is applied. */
  readonly applied: JsonObject;
  readonly manager: string;
  readonly force: boolean;
  /** Empty for the object itself; `status`. */
  readonly subresource: string;
  readonly nowMs: number;
}

export interface AppliedObject {
  /** All of the object but its identity; not yet defaulted or checked. */
  readonly view: JsonObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
}

/**
 * Server-side apply of one document to one object.
 *
 * @throws {PortunixError} Conflict, with a cause for each field that another manager holds.
 */
export function trackApply(request: TrackedApply): AppliedObject {
  const { definition, live, applied, manager, subresource } = request;
  const managed = managedBefore(request);
  const name = { manager, operation: "Apply", apiVersion: apiVersionOf(definition) } as const;
  const key = managerKey({ ...name, subresource });
  const before = live === undefined ? {} : storedView(live);
  const result = applyOrMigrate(request, {
    type: typeOfKind(definition),
    live: before,
    // Else a map that is never stored would be added, and so disputed, again and again.
    applied: storedView(applied),
    apiVersion: name.apiVersion,
    managers: managed.managers,
    manager: key,
    force: request.force,
    ignored: resetFields(definition, subresource),
  });
  const view = (result.object ?? {}) as JsonObject;
  const times = result.isChanged
    ? new Map(managed.times).set(key, toTime(request.nowMs))
    : managed.times;
  return {
    view: manager === KUBECTL ? withLastApplied(view, applied) : view,
    managedFields: encodeEntries({ managers: result.managers, times }),
  };
}

const BEFORE_FIRST_APPLY = "before-first-apply";

/** What an object had before anyone kept its managers is held by one that stands for all of them. */
function managedBefore({ definition, live, subresource, nowMs }: TrackedApply): Managed {
  const managed = decodeEntries(live?.metadata.managedFields);
  if (managed.managers.size > 0 || live === undefined) return managed;
  const after = storedView(live);
  const manager = BEFORE_FIRST_APPLY;
  return holdUpdate(NOTHING_MANAGED, {
    definition,
    before: {},
    after,
    manager,
    subresource,
    nowMs,
  });
}

type Applied = Extract<ApplyResult, { readonly kind: "applied" }>;

function applyOrMigrate({ definition, manager }: TrackedApply, input: ApplyInput): Applied {
  const result = apply(input);
  if (result.kind === "applied") return result;
  const allowed =
    manager === KUBECTL ? lastAppliedFields(definition, input.live as JsonObject) : {};
  const conflicts = result.conflicts.filter(({ path }) => !hasPath(allowed, path));
  if (conflicts.length > 0) throw applyConflict(conflicts);
  const forced = apply({ ...input, force: true });
  if (forced.kind === "conflicts") throw applyConflict(forced.conflicts);
  return forced;
}
