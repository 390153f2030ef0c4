import { PortunixError, ERROR_CODES } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import {
  PROTECT_ANNOTATION,
  type InputObject,
  type ObjectRef,
  type StoredObject,
} from "../api/meta.ts";
import type {
  InventoryEntry,
  SourceDocument,
  SourceProblem,
  SourceSnapshot,
} from "../api/source-snapshot.ts";
import type { Keep } from "../plan/prune-plan.ts";
import {
  planSource,
  type SourceConflict,
  type SourcePlan,
  type SourceWrite,
} from "../plan/source-plan.ts";
import { refKey } from "../plan/source-ref.ts";
import type { SourceStore } from "./source-ports.ts";

export interface SourcePass {
  readonly snapshot: SourceSnapshot;
  readonly store: SourceStore;
  readonly logger: Logger;
  readonly allowDelete: number | undefined;
  readonly toStored?: (object: InputObject) => InputObject;
  readonly confirmedAbsent: ReadonlySet<string>;
  /** Kept from pass to pass: each document with the object that said the same. */
  readonly settled: WeakMap<SourceDocument, StoredObject>;
  /** True when a newer snapshot is there, or the daemon is to stop. */
  readonly isStale: () => boolean;
}

export interface PassResult {
  readonly written: number;
  /** As they last were, for the events about them. */
  readonly deleted: readonly StoredObject[];
  readonly keeps: readonly Keep[];
  readonly conflicts: readonly SourceConflict[];
  readonly problems: readonly SourceProblem[];
  readonly messages: readonly string[];
  /** Identities that the source no longer has and that are still there and might go. */
  readonly absent: readonly string[];
  /** Some object is being deleted and is to be created afterwards. */
  readonly isWaiting: boolean;
  /** A write or deletion failed that may work later. */
  readonly isRetryable: boolean;
}

/**
 * One pass: claim (inventory old and new), write, delete, settle the inventory. Killed anywhere, the
 * next pass ends in the same state, since whatever has been touched is in the inventory by then.
 *
 * @returns undefined when the pass was abandoned for a newer snapshot.
 * @throws {PortunixError} when the inventory cannot be read or saved; nothing was written then, or
 *   only what the saved inventory claims.
 */
export async function runSourcePass(pass: SourcePass): Promise<PassResult | undefined> {
  const { store, snapshot } = pass;
  const { plan, live } = readAndPlan(pass);
  saveIfChanged(store, snapshot.sourceId, plan.inventoryBefore);
  const writes = await perform(pass, plan.writes, (write) => writeObject(store, write));
  const isHeld = (ref: ObjectRef) => writes.failed.has(refKey(ref));
  const deletes = await perform(
    pass,
    plan.deletes.map((ref) => ({ ref })),
    ({ ref }) => deleteObject(pass, ref),
  );
  if (pass.isStale()) return undefined;
  const failed = new Map([...writes.failed, ...deletes.failed]);
  saveIfChanged(store, snapshot.sourceId, settle(store, plan, failed));
  settleDocuments(pass, plan, live);
  return {
    written: plan.writes.filter(({ ref }) => !isHeld(ref)).length,
    deleted: deletes.done.flatMap((object) => (object === undefined ? [] : [object])),
    keeps: plan.keeps,
    conflicts: plan.conflicts,
    problems: [...plan.problems, ...failureProblems(snapshot, plan, writes.failed)],
    messages: plan.messages,
    absent: plan.keeps
      .filter(({ reason }) => reason === "Unconfirmed")
      .map(({ ref }) => refKey(ref)),
    isWaiting: plan.waiting.length > 0,
    isRetryable: [...failed.values()].some(
      ({ code }) => ERROR_CODES[code].retry.kind === "backoff",
    ),
  };
}

function readAndPlan({ store, snapshot, ...rest }: SourcePass): {
  readonly plan: SourcePlan;
  readonly live: ReadonlyMap<string, StoredObject>;
} {
  const inventory = store.inventory(snapshot.sourceId);
  const live = new Map<string, StoredObject>();
  const ownerOf = new Map<string, string>();
  for (const { ref } of [...inventory, ...snapshot.documents]) {
    const key = refKey(ref);
    const object = store.getObject(ref);
    const owner = store.ownerOf(ref);
    if (object !== undefined) live.set(key, object);
    if (owner !== undefined) ownerOf.set(key, owner);
  }
  const { allowDelete, confirmedAbsent } = rest;
  const toStored = rest.toStored && asFarAsValid(rest.toStored);
  const isSettled = (document: SourceDocument, object: StoredObject) =>
    rest.settled.get(document) === object;
  const plan = planSource({
    snapshot,
    inventory,
    live,
    ownerOf,
    allowDelete,
    confirmedAbsent,
    toStored,
    isSettled,
  });
  return { plan, live };
}

/** Remembers what needed no write, as it was when that was found, now that the inventory is saved. */
function settleDocuments(
  { snapshot, settled }: SourcePass,
  plan: SourcePlan,
  live: ReadonlyMap<string, StoredObject>,
): void {
  const touched = [...plan.writes, ...plan.conflicts].map(({ ref }) => ref);
  const open = new Set([...touched, ...plan.waiting].map(refKey));
  for (const document of snapshot.documents) {
    const key = refKey(document.ref);
    const object = open.has(key) ? undefined : live.get(key);
    if (object !== undefined) settled.set(document, object);
  }
}

/** What the store would refuse is planned as it is: the write will say what is wrong with it. */
function asFarAsValid(
  toStored: (object: InputObject) => InputObject,
): (object: InputObject) => InputObject {
  return (object) => {
    try {
      return toStored(object);
    } catch {
      return object;
    }
  };
}

interface Outcome<R> {
  readonly done: readonly R[];
  readonly failed: ReadonlyMap<string, PortunixError>;
}

/** One failure never stops the others; a newer snapshot does, between two of them. */
async function perform<T extends { readonly ref: ObjectRef }, R>(
  pass: SourcePass,
  items: readonly T[],
  run: (item: T) => R,
): Promise<Outcome<R>> {
  const done: R[] = [];
  const failed = new Map<string, PortunixError>();
  for (const item of items) {
    if (pass.isStale()) break;
    try {
      done.push(run(item));
    } catch (thrown) {
      failed.set(refKey(item.ref), PortunixError.from(thrown));
      const { snapshot, logger } = pass;
      logger.warn({ err: thrown, source: snapshot.sourceId, ref: item.ref }, "source not applied");
    }
    // Lets a newer snapshot in; each write may have waited for the disk.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { done, failed };
}

function writeObject(store: SourceStore, { type, object }: SourceWrite): void {
  if (type === "create") store.createObject(object);
  else store.updateObject(object);
}

/** Looks once more before it deletes: others may have written since the plan was made. */
function deleteObject({ store, snapshot }: SourcePass, ref: ObjectRef): StoredObject | undefined {
  const live = store.getObject(ref);
  const owner = store.ownerOf(ref) ?? snapshot.sourceId;
  if (live === undefined || owner !== snapshot.sourceId) return undefined;
  if (live.metadata.annotations?.[PROTECT_ANNOTATION] === "true") {
    throw new PortunixError("Conflict", `${ref.name} has been protected meanwhile; it is kept`);
  }
  store.deleteObject(ref);
  return live;
}

/** What could not be written or deleted stays in the inventory as it was before the pass. */
function settle(
  store: SourceStore,
  plan: SourcePlan,
  failed: ReadonlyMap<string, PortunixError>,
): readonly InventoryEntry[] {
  if (failed.size === 0) return plan.inventoryAfter;
  const after = new Map(plan.inventoryAfter.map((entry) => [refKey(entry.ref), entry]));
  const creates = new Set(
    plan.writes.flatMap(({ type, ref }) => (type === "create" ? [refKey(ref)] : [])),
  );
  for (const entry of plan.inventoryBefore) {
    const key = refKey(entry.ref);
    if (!failed.has(key)) continue;
    // An object that was never made is not claimed, so that another source may bring it.
    if (creates.has(key) && store.getObject(entry.ref) === undefined) after.delete(key);
    else after.set(key, entry);
  }
  return [...after.values()];
}

function failureProblems(
  { documents }: SourceSnapshot,
  { writes }: SourcePlan,
  failed: ReadonlyMap<string, PortunixError>,
): SourceProblem[] {
  if (failed.size === 0) return [];
  const places = new Map(documents.map((document) => [refKey(document.ref), document]));
  return writes.flatMap(({ ref }) => {
    const error = failed.get(refKey(ref));
    const place = places.get(refKey(ref));
    if (error === undefined || place === undefined) return [];
    return [{ ref, file: place.file, line: place.line, column: 1, message: error.message }];
  });
}

function saveIfChanged(
  store: SourceStore,
  sourceId: string,
  entries: readonly InventoryEntry[],
): void {
  const saved = new Map(store.inventory(sourceId).map((entry) => [refKey(entry.ref), entry]));
  const isSame =
    saved.size === entries.length &&
    entries.every((entry) => isSameEntry(saved.get(refKey(entry.ref)), entry));
  if (!isSame) store.saveInventory(sourceId, entries);
}

function isSameEntry(saved: InventoryEntry | undefined, entry: InventoryEntry): boolean {
  if (saved === undefined) return false;
  const { file, line, applied } = saved;
  return file === entry.file && line === entry.line && applied === entry.applied;
}
