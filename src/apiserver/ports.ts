import type { InputObject, StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";

/**
 * What the API server needs of the store. Synchronous: reads are from memory, and a write has
 * reached the disk when it returns. Every method throws a PortunixError (NotFound, AlreadyExists,
 * Conflict, Expired, StorageFull, StorageFailed) whose text is Kubernetes' where it has one.
 */
export interface ObjectStore {
  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined;
  /** Sorted by namespace, then name. @param namespace - undefined for all. */
  list(definition: ResourceDefinition, namespace: string | undefined): ObjectList;
  /** @param object - Admitted: defaulted and valid. `status` is not taken. */
  create(definition: ResourceDefinition, object: InputObject, options?: WriteOptions): StoredObject;
  /**
   * Replaces all but uid, creation, deletion and generation, which the store keeps. The main
   * endpoint keeps the stored status; the status endpoint keeps all else. A write that changes
   * nothing keeps the resourceVersion. Removing the last finalizer of a deleting object removes it.
   *
   * @param object - With metadata.resourceVersion: Conflict unless it is the stored one. Without: last write wins.
   */
  update(
    definition: ResourceDefinition,
    object: InputObject & {
      readonly metadata: { readonly resourceVersion?: string; readonly uid?: string };
    },
    options?: WriteOptions & { readonly subresource?: "status" },
  ): StoredObject;
  /** With finalizers left the object stays, with a deletionTimestamp. */
  delete(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    options?: WriteOptions & { readonly uid?: string; readonly resourceVersion?: string },
  ): { readonly object: StoredObject; readonly isGone: boolean };
  /**
   * Calls `onEvent` for each change of the kind after `fromResourceVersion`, the past ones before
   * it returns. Throws Expired when the log does not reach back that far.
   */
  watch(
    definition: ResourceDefinition,
    namespace: string | undefined,
    fromResourceVersion: string,
    onEvent: (event: StoreEvent) => void,
  ): Subscription;
  /** Of the newest write of any kind. */
  resourceVersion(): string;
  /** The JSON of an object that this store gave out, where it keeps it: no need to make it again. */
  text?(object: StoredObject): string;
}

export interface ObjectList {
  readonly items: readonly StoredObject[];
  readonly resourceVersion: string;
}

export interface WriteOptions {
  /** Check and compute everything, store nothing, tell no watcher. */
  readonly dryRun?: boolean;
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** As it is now; for DELETED its last state, with the resourceVersion of the deletion. */
  readonly object: StoredObject;
  /** As it was before, for selectors; undefined with ADDED. */
  readonly previous: StoredObject | undefined;
}

export interface Subscription {
  close(): void;
}

/**
 * A subresource that answers by itself, such as `log`; the daemon plugs these in. The object is
 * there, and its name has been checked.
 */
export interface Connector {
  /** Left out: any group. */
  readonly group?: string;
  readonly plural: string;
  readonly subresource: string;
  handle(request: ConnectorRequest): Promise<ConnectorReply>;
}

export interface ConnectorRequest {
  readonly object: StoredObject;
  readonly query: URLSearchParams;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export interface ConnectorReply {
  readonly contentType: string;
  /** Sent as it comes; the client's pace holds it back. */
  readonly body: AsyncIterable<string | Uint8Array> | string;
}

/** What `GET /portunix/v1/daemon` and `daemon status` show. */
export interface DaemonInfo {
  readonly pid: number;
  readonly home: string;
  readonly socket: string;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly manifests: readonly string[];
  /** Where the API is served over TLS, such as `https://127.0.0.1:6443`; left out: nowhere. */
  readonly server?: string;
}
