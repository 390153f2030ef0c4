import { canonicalJson } from "../base/canonical-json.ts";
import type { InputObject, ManagedFieldsEntry, ObjectMeta, StoredObject } from "../api/meta.ts";
import { apiVersionOf, type ResourceDefinition } from "../api/resource-definition.ts";

/** The part of `metadata` that only the store writes. */
export type OwnedMeta = Pick<
  ObjectMeta,
  "uid" | "resourceVersion" | "generation" | "creationTimestamp" | "deletionTimestamp"
>;

/** @param owned - Of the new object, but its generation, which is 1. */
export function toNewObject(
  definition: ResourceDefinition,
  input: InputObject,
  owned: Omit<OwnedMeta, "generation">,
): StoredObject {
  const present = input.metadata.finalizers ?? [];
  const added = definition.finalizers.filter((finalizer) => !present.includes(finalizer));
  const metadata = { ...input.metadata, finalizers: [...present, ...added] };
  const body = definition.hasStatus ? { ...input, status: definition.initialStatus } : input;
  return assemble(definition, { ...body, metadata }, { ...owned, generation: 1 });
}

/**
 * The object after a write to its main endpoint.
 *
 * @returns `previous` itself when nothing changed; else the new object, with the resourceVersion
 *   of `previous` still, and a generation one higher where more than metadata and status changed.
 */
export function toUpdatedObject(
  definition: ResourceDefinition,
  previous: StoredObject,
  input: InputObject,
): StoredObject {
  const { managedFields = previous.metadata.managedFields ?? [] } = input.metadata;
  const metadata = { ...input.metadata, managedFields };
  const body = definition.hasStatus ? { ...input, status: previous.status } : input;
  const next = assemble(definition, { ...body, metadata }, previous.metadata);
  if (isSameObject(next, previous)) return previous;
  if (content(definition, next) === content(definition, previous)) return next;
  return withMetadata(next, { generation: previous.metadata.generation + 1 });
}

/**
 * The object after a write to its status endpoint; `previous` itself when nothing changed.
 *
 * @param managedFields - Left out: they stay as they are.
 */
export function toObjectWithStatus(
  previous: StoredObject,
  status: unknown,
  managedFields = previous.metadata.managedFields,
): StoredObject {
  const isSame =
    canonicalJson(status) === canonicalJson(previous.status) &&
    isSameOwnership(managedFields, previous.metadata.managedFields);
  return isSame ? previous : withManagedFields({ ...previous, status }, managedFields);
}

export function withManagedFields(
  object: StoredObject,
  managedFields: readonly ManagedFieldsEntry[] = [],
): StoredObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields },
  };
}

export function withMetadata(object: StoredObject, members: Partial<ObjectMeta>): StoredObject {
  return { ...object, metadata: { ...object.metadata, ...members } };
}

export function isDeleting(object: StoredObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Whether an object that is being deleted must stay for now. */
export function isHeld(definition: ResourceDefinition, object: StoredObject): boolean {
  return (object.metadata.finalizers ?? []).length > 0 || definition.isHeld?.(object) === true;
}

/** RFC 3339, UTC, whole seconds. */
export function toTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}

const OWNED = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "selfLink",
]);

function assemble(
  definition: ResourceDefinition,
  input: InputObject,
  owned: OwnedMeta,
): StoredObject {
  const { apiVersion: _version, kind: _kind, metadata, status, ...body } = input;
  const { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = owned;
  return {
    apiVersion: apiVersionOf(definition),
    kind: definition.kind,
    metadata: {
      ...(clientMetadata(definition, metadata) as { name: string }),
      uid,
      resourceVersion,
      generation,
      creationTimestamp,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    ...body,
    ...(status === undefined ? {} : { status }),
  };
}

/** Empty maps and lists are left out, as Kubernetes does, so that they are no difference. */
function clientMetadata(definition: ResourceDefinition, metadata: object): object {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([name, value]) =>
        !OWNED.has(name) && !isEmpty(value) && (name !== "namespace" || definition.namespaced),
    ),
  );
}

function isSameObject(a: StoredObject, b: StoredObject): boolean {
  return (
    canonicalJson(withManagedFields(a)) === canonicalJson(withManagedFields(b)) &&
    isSameOwnership(a.metadata.managedFields, b.metadata.managedFields)
  );
}

/** When a manager came to hold what it holds already is no change. */
function isSameOwnership(
  a: readonly ManagedFieldsEntry[] = [],
  b: readonly ManagedFieldsEntry[] = [],
): boolean {
  const timeless = (entries: readonly ManagedFieldsEntry[]): string =>
    canonicalJson(entries.map((entry) => ({ ...entry, time: "" })));
  return a === b || timeless(a) === timeless(b);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function content(definition: ResourceDefinition, object: StoredObject): string {
  const { metadata: _metadata, status, ...body } = object;
  return canonicalJson(definition.hasStatus ? body : { ...body, status });
}
