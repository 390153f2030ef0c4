import type { StoredObject } from "../api/meta.ts";

export interface ObjectList {
  readonly items: readonly StoredObject[];
  readonly resourceVersion: string;
}

export interface WriteOptions {
  /** Check and compute everything, store nothing, tell no watcher. */
  readonly dryRun?: boolean;
  /** A writer of the daemon's own: it comes to hold what it changes. Others bring managedFields. */
  readonly manager?: string;
}

export interface UpdateOptions extends WriteOptions {
  readonly subresource?: "status";
}

export interface DeleteOptions extends WriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** As it is now; for DELETED its last state, with the resourceVersion of the deletion. */
  readonly object: StoredObject;
  /** As it was before; undefined with ADDED. */
  readonly previous: StoredObject | undefined;
}

export interface Subscription {
  close(): void;
}
