/** The parts every object has, after the Kubernetes API conventions. */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/**
 * Which fields one manager of an object holds.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** RFC 3339, of the last write that gave it a field. */
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: object;
  /** Left out for the object itself. */
  readonly subresource?: string;
}

/** `metadata` as a client writes it; the store fills the rest of {@link ObjectMeta}. */
export interface ObjectMetaInput {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  /** Left out of a write: they stay as they are. Empty: nobody's are known any more. */
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface ObjectMeta extends ObjectMetaInput {
  /** Tells this object from an earlier one of the same name. */
  readonly uid: string;
  /** Opaque; a decimal integer that rises with every write to the store. */
  readonly resourceVersion: string;
  /** Rises by one on each change of anything outside metadata and status. */
  readonly generation: number;
  /** RFC 3339, UTC, whole seconds. */
  readonly creationTimestamp: string;
  /** Set by a delete while finalizers remain; never unset. */
  readonly deletionTimestamp?: string;
}

/** Any object as the store holds it: at least these members, the rest by kind. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Any object as a client writes it. */
export interface InputObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetaInput;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** The identity of an object of any kind. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for a kind that is not namespaced. */
  readonly namespace: string;
  readonly name: string;
}

export const DEFAULT_NAMESPACE = "default";

/** RFC 1123 label: what a name or a namespace may be. */
export const NAME_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
export const NAME_MAX_LENGTH = 63;

/** The one annotation under which `apply` keeps what it last sent, as kubectl does. */
export const LAST_APPLIED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
/** `"true"` forbids deletion through a source, also after the block is gone from it. */
export const PROTECT_ANNOTATION = "portunix.ai/protect";
/** `allowed` takes an object out of the budget of deletions per pass. */
export const PRUNE_ANNOTATION = "portunix.ai/prune";
/** A time: instances that were started before it was set are replaced, as for any change of the spec. */
export const RESTARTED_AT_ANNOTATION = "portunix.ai/restartedAt";
/** Which instances were told to go by a deletion of their Pod; see {@link file://./pod-deletions.ts}. */
export const POD_DELETIONS_ANNOTATION = "portunix.ai/podDeletions";
/** Holds a Plugin until its processes and files are gone. */
export const PLUGIN_FINALIZER = "portunix.ai/plugin";
