import type { InputObject, StoredObject } from "../api/meta.ts";
import { qualifiedName, type ResourceDefinition } from "../api/resource-definition.ts";
import { PortunixError } from "../base/errors.ts";
import type { DeleteOptions } from "./object-store.ts";
import { isDeleting } from "./object-rules.ts";

/** Why the store refuses a write, in the words that users of kubectl know. */

export function notFound(definition: ResourceDefinition, name: string): PortunixError {
  return new PortunixError("NotFound", `${subject(definition, name)} not found`);
}

export function alreadyExists(
  definition: ResourceDefinition,
  present: StoredObject,
): PortunixError {
  const prefix = isDeleting(present) ? "object is being deleted: " : "";
  const text = `${prefix}${subject(definition, present.metadata.name)} already exists`;
  return new PortunixError("AlreadyExists", text);
}

export function namespaceEnding(
  definition: ResourceDefinition,
  name: string,
  namespace: string,
): PortunixError {
  return new PortunixError(
    "PermissionDenied",
    `${subject(definition, name)} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
  );
}

/** @throws {PortunixError} Conflict when the writer has seen another object, or an older one. */
export function checkIdentity(
  definition: ResourceDefinition,
  stored: StoredObject,
  seen: { readonly resourceVersion?: string; readonly uid?: string },
): void {
  if (seen.uid !== undefined && seen.uid !== stored.metadata.uid)
    throw preconditionFailed(definition, stored, ["UID", seen.uid, stored.metadata.uid]);
  const { resourceVersion = "" } = seen;
  if (resourceVersion === "" || resourceVersion === stored.metadata.resourceVersion) return;
  throw conflict(
    definition,
    stored,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

/** @throws {PortunixError} Conflict */
export function checkPreconditions(
  definition: ResourceDefinition,
  stored: StoredObject,
  { uid, resourceVersion: version }: DeleteOptions,
): void {
  const { metadata } = stored;
  if (uid !== undefined && uid !== metadata.uid)
    throw preconditionFailed(definition, stored, ["UID", uid, metadata.uid]);
  if (version === undefined || version === metadata.resourceVersion) return;
  const faults = ["ResourceVersion", version, metadata.resourceVersion] as const;
  throw preconditionFailed(definition, stored, faults);
}

/** @throws {PortunixError} ManifestInvalid: what is being deleted can be held no longer than it is. */
export function checkFinalizers(
  { kind, group }: ResourceDefinition,
  previous: StoredObject,
  next: InputObject,
): void {
  if (!isDeleting(previous)) return;
  const held = previous.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !held.includes(finalizer));
  if (added.length === 0) return;
  const field = "metadata.finalizers";
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  throw new PortunixError(
    "ManifestInvalid",
    `${group === "" ? kind : `${kind}.${group}`} "${previous.metadata.name}" is invalid: ${field}: ${message}`,
    { causes: [{ field, reason: "FieldValueForbidden", message }] },
  );
}

/** @throws {PortunixError} BadRequest */
export function parseRevision(resourceVersion: string): number {
  if (/^\d{1,16}$/.test(resourceVersion)) return Number(resourceVersion);
  throw new PortunixError(
    "BadRequest",
    `invalid resource version ${JSON.stringify(resourceVersion)}: it must be one that a list or an object carried`,
  );
}

function preconditionFailed(
  definition: ResourceDefinition,
  stored: StoredObject,
  [what, wanted, found]: readonly [what: string, wanted: string, found: string],
): PortunixError {
  return conflict(
    definition,
    stored,
    `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
  );
}

function conflict(
  definition: ResourceDefinition,
  { metadata }: StoredObject,
  reason: string,
): PortunixError {
  const text = `Operation cannot be fulfilled on ${subject(definition, metadata.name)}: ${reason}`;
  return new PortunixError("Conflict", text);
}

function subject(definition: ResourceDefinition, name: string): string {
  return `${qualifiedName(definition)} "${name}"`;
}
