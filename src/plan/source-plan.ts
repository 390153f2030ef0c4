import { canonicalJson, isSameJson } from "../base/canonical-json.ts";
import {
  LAST_APPLIED_ANNOTATION,
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
import { planPrune, type Keep, type PruneInput } from "./prune-plan.ts";
import { compareText, parseApplied, refKey, refText } from "./source-ref.ts";
import { mergeObject } from "./three-way-merge.ts";

/** One pass over a source: all that is known, and nothing else. Maps are keyed by {@link refKey}. */
export interface SourceInput {
  readonly snapshot: SourceSnapshot;
  readonly inventory: readonly InventoryEntry[];
  /** The source that owns each object of the text or the inventory; no member where none does. */
  readonly ownerOf: ReadonlyMap<string, string>;
  readonly live: ReadonlyMap<string, StoredObject>;
  /** Deletions that the operator has allowed in one pass; undefined for the budget alone. */
  readonly allowDelete: number | undefined;
  /** Objects seen to be gone from the source long enough to believe it; undefined for all. */
  readonly confirmedAbsent?: ReadonlySet<string> | undefined;
  /** What the store makes of an object (defaults and the like); left out, objects are stored as written. */
  readonly toStored?: ((object: InputObject) => InputObject) | undefined;
  /**
   * True when an earlier plan had nothing to write for this very document and this very object, and
   * its inventory was saved. Spares the comparison of thousands that nobody has touched.
   */
  readonly isSettled?: ((document: SourceDocument, live: StoredObject) => boolean) | undefined;
}

export interface SourceWrite {
  readonly type: "create" | "update";
  readonly ref: ObjectRef;
  /** An update carries the live object's resourceVersion. */
  readonly object: InputObject;
}

export interface SourceConflict {
  readonly ref: ObjectRef;
  readonly message: string;
}

/** What makes the store say what the source says. Everything is sorted by identity. */
export interface SourcePlan {
  /** To be saved first: all that may be touched, with the texts last applied. */
  readonly inventoryBefore: readonly InventoryEntry[];
  readonly writes: readonly SourceWrite[];
  readonly deletes: readonly ObjectRef[];
  /** To be saved last, when all writes and deletes have worked. */
  readonly inventoryAfter: readonly InventoryEntry[];
  /** Gone from the source and not deleted, with the reason. */
  readonly keeps: readonly Keep[];
  readonly conflicts: readonly SourceConflict[];
  /** In the source, but being deleted: to be created when they are gone. */
  readonly waiting: readonly ObjectRef[];
  /** Those of the snapshot, and one for each object that a faulty file keeps as it was. */
  readonly problems: readonly SourceProblem[];
  /** What the operator should know, one sentence or two each. */
  readonly messages: readonly string[];
}

/**
 * Decides what to write and what to delete so that the store says what the source says.
 *
 * Pure: the order of documents and files and their formatting change nothing but line numbers. Only
 * members of the inventory are ever deleted, and none unless the source was read in full.
 */
export function planSource(input: SourceInput): SourcePlan {
  const known = new Map(input.inventory.map((entry) => [refKey(entry.ref), entry]));
  const claims = sortedDocuments(input.snapshot).map((document) => claim(input, known, document));
  const prune = planPrune(toPruneInput(input, claims));
  const claimed = claims.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  return {
    inventoryBefore: byRef([
      ...input.inventory,
      ...claimed.filter(({ ref }) => !known.has(refKey(ref))),
    ]),
    writes: claims.flatMap(({ write }) => (write === undefined ? [] : [write])),
    deletes: prune.deletes,
    inventoryAfter: byRef([...prune.kept, ...claimed]),
    keeps: prune.keeps,
    conflicts: claims.flatMap(({ conflict }) => (conflict === undefined ? [] : [conflict])),
    waiting: claims.flatMap(({ isWaiting, ref }) => (isWaiting ? [ref] : [])),
    problems: [...input.snapshot.problems, ...prune.problems],
    messages: prune.messages,
  };
}

/** What the source may do with one object of its text. */
interface Claim {
  readonly ref: ObjectRef;
  /** Undefined when the object is not this source's to have. */
  readonly entry?: InventoryEntry;
  readonly write?: SourceWrite;
  readonly conflict?: SourceConflict;
  readonly isWaiting?: boolean;
}

function claim(
  input: SourceInput,
  known: ReadonlyMap<string, InventoryEntry>,
  document: SourceDocument,
): Claim {
  const { ref, object, file, line } = document;
  const key = refKey(ref);
  const before = known.get(key);
  const live = input.live.get(key);
  const conflict = conflictOf(input, ref, { live, isKnown: before !== undefined });
  if (conflict !== undefined) return { ref, conflict: { ref, message: conflict } };
  const isSettled = live !== undefined && input.isSettled?.(document, live) === true;
  if (isSettled && before !== undefined) return { ref, entry: before };
  const entry: InventoryEntry = { ref, file, line, applied: canonicalJson(object) };
  if (live === undefined) return { ref, entry, write: { type: "create", ref, object } };
  // The text goes on counting as not applied, so that nothing is taken for removed later on.
  if (live.metadata.deletionTimestamp !== undefined) {
    return { ref, entry: before ?? entry, isWaiting: true };
  }
  const applied = before?.applied === entry.applied ? object : parseApplied(before?.applied);
  const merged = mergeObject(applied, object, live);
  if (isSameObject(merged, live, input.toStored)) return { ref, entry };
  return { ref, entry, write: { type: "update", ref, object: merged } };
}

function conflictOf(
  { snapshot, ownerOf }: SourceInput,
  ref: ObjectRef,
  state: { readonly live: StoredObject | undefined; readonly isKnown: boolean },
): string | undefined {
  const owner = ownerOf.get(refKey(ref));
  if (owner === snapshot.sourceId) return undefined;
  const remedy = "Remove it from one of the two";
  if (owner !== undefined) {
    return `${refText(ref)} belongs to ${owner}; ${snapshot.sourceId} may not change it. ${remedy}.`;
  }
  if (state.isKnown || state.live?.metadata.annotations?.[LAST_APPLIED_ANNOTATION] === undefined) {
    return undefined;
  }
  const name = `${ref.kind.toLowerCase()} ${ref.name} -n ${ref.namespace}`;
  return (
    `${refText(ref)} was made by \`portunix apply\`; ${snapshot.sourceId} may not change it. ` +
    `${remedy}: take it out of the source, or \`portunix delete ${name}\` to let the source have it.`
  );
}

function isSameObject(
  merged: StoredObject,
  live: StoredObject,
  toStored: ((object: InputObject) => InputObject) | undefined,
): boolean {
  if (merged === live) return true;
  return toStored !== undefined && isSameJson(toStored(merged), live);
}

function toPruneInput(input: SourceInput, claims: readonly Claim[]): PruneInput {
  return {
    snapshot: input.snapshot,
    inventory: byRef(input.inventory),
    present: new Set(claims.map(({ ref }) => refKey(ref))),
    ownerOf: input.ownerOf,
    live: input.live,
    allowDelete: input.allowDelete,
    confirmedAbsent: input.confirmedAbsent,
  };
}

/** One document of each identity; should a source bring two, the first by file and line. */
function sortedDocuments({ documents }: SourceSnapshot): readonly SourceDocument[] {
  const byPlace = documents.toSorted((a, b) => compareText(a.file, b.file) || a.line - b.line);
  const first = new Map<string, SourceDocument>();
  for (const document of byPlace) {
    const key = refKey(document.ref);
    if (!first.has(key)) first.set(key, document);
  }
  return byRef([...first.values()]);
}

function byRef<T extends { readonly ref: ObjectRef }>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: refKey(item.ref) }))
    .toSorted((a, b) => compareText(a.key, b.key))
    .map(({ item }) => item);
}
