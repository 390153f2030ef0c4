import type { ObjectRef, StoredObject } from "../api/meta.ts";
import type { AccessClient } from "./access-client.ts";
import type { DiscoveryOptions, ServedResource } from "./discovery.ts";
import type { Resource } from "./resources.ts";

/** An object as it goes to the daemon. */
export type OutgoingObject = Readonly<Record<string, unknown>>;

export interface ObjectList {
  readonly resourceVersion: string;
  readonly items: readonly StoredObject[];
}

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface Table {
  readonly kind: "Table";
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions?: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableColumn {
  readonly name: string;
  /** Over 0: only with `-o wide`. */
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  /** As much of the object as `includeObject` asked for. */
  readonly object?: {
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  };
}

export interface ListOptions {
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Asks for the list in parts of so many items; left out: all at once. */
  readonly chunkSize?: number | undefined;
}

export interface TableOptions extends ListOptions {
  /** The one row, or NotFound. */
  readonly name?: string;
  /** What comes with each row; metadata when left out. */
  readonly includeObject?: "Object" | undefined;
}

export interface WriteOptions {
  /** Check and compute everything, store nothing. */
  readonly dryRun?: boolean;
  /** What becomes of fields that no schema knows: refused when left out. */
  readonly fieldValidation?: "Strict" | "Ignore";
}

export interface PatchOptions extends WriteOptions {
  /** Merge when left out. */
  readonly type?: "merge" | "json" | "strategic" | undefined;
  /** Such as `scale`; left out: the object itself. */
  readonly subresource?: string | undefined;
}

export interface ObjectAddress {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

export interface LogOptions {
  readonly follow?: boolean | undefined;
  readonly previous?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly instance?: string | undefined;
  readonly sinceSeconds?: number | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly timestamps?: boolean | undefined;
}

/** What `GET /portunix/v1/daemon` answers. */
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

/** The daemon's API. Every method rejects with a PortunixError. The caller closes it. */
export interface ApiClient extends AccessClient {
  list(resource: Resource, options: ListOptions): Promise<ObjectList>;
  table(resource: Resource, options: TableOptions): Promise<Table>;
  get(address: ObjectAddress): Promise<StoredObject>;
  create(
    address: Omit<ObjectAddress, "name">,
    object: OutgoingObject,
    options?: WriteOptions,
  ): Promise<StoredObject>;
  /** An RFC 7386 merge patch, unless `options` names another type. */
  patch(
    address: ObjectAddress,
    patch: OutgoingObject | readonly unknown[],
    options?: PatchOptions,
  ): Promise<StoredObject>;
  replace(
    address: ObjectAddress,
    object: OutgoingObject,
    options?: WriteOptions,
  ): Promise<StoredObject>;
  /** The object while finalizers hold it; undefined when it is gone. */
  delete(address: ObjectAddress, options?: WriteOptions): Promise<StoredObject | undefined>;
  /** One connection's worth of changes; `watchObjects` and `watchTable` go on after a break. */
  watch(resource: Resource, options: WatchOptions): AsyncIterable<WatchLine>;
  log(
    address: ObjectAddress,
    options: LogOptions,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Buffer>>;
  /** A subresource as JSON. */
  subresource(address: ObjectAddress, subresource: string): Promise<unknown>;
  /** The kinds that are served, from a copy that is a minute old at most; with `isFresh` from the daemon. */
  resources(options?: DiscoveryOptions): Promise<readonly ServedResource[]>;
  /** The body of a GET of any path. */
  read(path: string): Promise<string>;
  /** Has the daemon read every package anew. @param isWaiting - Resolve once it has acted on that. */
  refresh(isWaiting: boolean): Promise<void>;
  daemonInfo(): Promise<DaemonInfo>;
  /** Where each watched source of manifests stands. */
  sources(): Promise<readonly SourceStatus[]>;
  /** Resolves once the daemon says that it is ready; rejects when it does not, or is not there. */
  ready(): Promise<void>;
  /** Whether the daemon has answered any request of this client yet. */
  wasReached(): boolean;
  close(): void;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  readonly asTable: boolean;
  readonly signal: AbortSignal;
  /** Told when the daemon has begun to answer. */
  readonly onOpen?: () => void;
}

/** One line of a watch: `object` is the object, or a Table of its row. */
export interface WatchLine {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: unknown;
}

/** A source of manifests, as `GET /portunix/v1/status` tells of it. */
export interface SourceStatus {
  readonly sourceId: string;
  /** Whether its last reading was complete. */
  readonly complete: boolean;
  /** Why not; empty when all is well. */
  readonly reason: string;
  /** Objects that it owns. */
  readonly objects: number;
  readonly problems: readonly {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly message: string;
  }[];
  readonly keptFromDeletion: readonly {
    readonly ref: ObjectRef;
    readonly reason: string;
    readonly message: string;
  }[];
}
