import { setTimeout as sleep } from "node:timers/promises";
import type { StoredObject } from "../api/meta.ts";
import { errnoOf, PortunixError } from "../base/errors.ts";
import type { ApiClient, ListOptions, Table, TableRow, WatchLine } from "./api-client.ts";
import type { Resource } from "./resources.ts";

export interface Change<Item> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly item: Item;
}

export interface WatchedRow {
  readonly columns: Table["columnDefinitions"];
  readonly row: TableRow;
}

export interface FollowOptions extends ListOptions {
  readonly signal: AbortSignal;
  /** How long the daemon may stay away before the watch fails; 60 s when left out. */
  readonly maxDowntimeMs?: number;
  /** Told when the first list is complete. */
  readonly onSynced?: () => void;
}

export const DEFAULT_MAX_DOWNTIME_MS = 60_000;
export const RETRY_MS = 100;
const TRANSIENT_CODES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ECONNREFUSED"]);

/**
 * The objects that are there, as ADDED, then every change. It goes on from where it was when the
 * connection breaks or the daemon restarts, and lists afresh when the daemon no longer knows that
 * place; then objects that went meanwhile come as DELETED. Ends when `signal` is aborted.
 */
export function watchObjects(
  client: ApiClient,
  resource: Resource,
  options: FollowOptions,
): AsyncGenerator<Change<StoredObject>> {
  return follow<StoredObject>(
    {
      list: async () => client.list(resource, options),
      watch: (resourceVersion, onOpen) =>
        client.watch(resource, { ...options, resourceVersion, onOpen, asTable: false }),
      toItem: (object) => object as StoredObject,
      metadataOf: (item) => item.metadata,
    },
    options,
  );
}

/** As {@link watchObjects}, in rows. */
export function watchTable(
  client: ApiClient,
  resource: Resource,
  options: FollowOptions,
): AsyncGenerator<Change<WatchedRow>> {
  const list = async () => {
    const table = await client.table(resource, options);
    return {
      resourceVersion: table.metadata.resourceVersion ?? "",
      items: table.rows.map((row) => ({ columns: table.columnDefinitions, row })),
    };
  };
  return follow<WatchedRow>(
    {
      list,
      watch: (resourceVersion, onOpen) =>
        client.watch(resource, { ...options, resourceVersion, onOpen, asTable: true }),
      toItem: (object) => {
        const table = object as Table;
        return { columns: table.columnDefinitions, row: table.rows[0] ?? { cells: [] } };
      },
      metadataOf: (item) => item.row.object?.metadata ?? {},
    },
    options,
  );
}

interface Metadata {
  readonly namespace?: string;
  readonly name?: string;
  readonly resourceVersion?: string;
}

interface Source<Item> {
  list(): Promise<{ readonly resourceVersion: string; readonly items: readonly Item[] }>;
  watch(resourceVersion: string, onOpen: () => void): AsyncIterable<WatchLine>;
  toItem(object: unknown): Item;
  metadataOf(item: Item): Metadata;
}

async function* follow<Item>(
  source: Source<Item>,
  options: FollowOptions,
): AsyncGenerator<Change<Item>> {
  const state: FollowState<Item> = { known: new Map(), resourceVersion: undefined };
  // A watch that is silent is well: what counts is when the daemon went away.
  let downSinceMs: number | undefined;
  const onOpen = (): void => (downSinceMs = undefined);
  let isSynced = false;
  while (!options.signal.aborted) {
    try {
      if (state.resourceVersion === undefined) {
        yield* relist(source, state);
        if (!isSynced) options.onSynced?.();
        isSynced = true;
      }
      yield* changes(source, state, onOpen);
    } catch (thrown) {
      if (options.signal.aborted) return;
      if (codeOf(thrown) === "Expired") state.resourceVersion = undefined;
      else if (!isSynced || !isTransient(thrown)) throw PortunixError.from(thrown);
      downSinceMs ??= performance.now();
      const downMs = performance.now() - downSinceMs;
      if (downMs > (options.maxDowntimeMs ?? DEFAULT_MAX_DOWNTIME_MS)) throw thrown;
    }
    await pause(options.signal);
  }
}

interface FollowState<Item> {
  readonly known: Map<string, Item>;
  resourceVersion: string | undefined;
}

async function* relist<Item>(
  source: Source<Item>,
  state: FollowState<Item>,
): AsyncGenerator<Change<Item>> {
  const { items, resourceVersion } = await source.list();
  const gone = new Map(state.known);
  for (const item of items) {
    const key = keyOf(source.metadataOf(item));
    const before = state.known.get(key);
    gone.delete(key);
    state.known.set(key, item);
    if (before === undefined) yield { type: "ADDED", item };
    else if (isNewer(source, before, item)) yield { type: "MODIFIED", item };
  }
  for (const [key, item] of gone) {
    state.known.delete(key);
    yield { type: "DELETED", item };
  }
  state.resourceVersion = resourceVersion;
}

async function* changes<Item>(
  source: Source<Item>,
  state: FollowState<Item>,
  onOpen: () => void,
): AsyncGenerator<Change<Item>> {
  for await (const line of source.watch(state.resourceVersion ?? "0", onOpen)) {
    if (line.type === "BOOKMARK") {
      const metadata = (line.object as { metadata?: Metadata }).metadata;
      // A place to go on from, and nothing to show.
      state.resourceVersion = metadata?.resourceVersion ?? state.resourceVersion;
      continue;
    }
    const item = source.toItem(line.object);
    const metadata = source.metadataOf(item);
    if (line.type === "DELETED") state.known.delete(keyOf(metadata));
    else state.known.set(keyOf(metadata), item);
    state.resourceVersion = metadata.resourceVersion ?? state.resourceVersion;
    yield { type: line.type, item };
  }
}

function isNewer<Item>(source: Source<Item>, before: Item, after: Item): boolean {
  return source.metadataOf(before).resourceVersion !== source.metadataOf(after).resourceVersion;
}

function keyOf({ namespace, name }: Metadata): string {
  return `${namespace ?? ""}/${name ?? ""}`;
}

/** Whether the daemon is away, or went away: it may come back. */
export function isTransient(thrown: unknown): boolean {
  const code = codeOf(thrown) ?? errnoOf(thrown);
  return code === "DaemonUnreachable" || TRANSIENT_CODES.has(code ?? "");
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof PortunixError ? thrown.code : undefined;
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
}
