import {
  PROTECT_ANNOTATION,
  PRUNE_ANNOTATION,
  type ObjectRef,
  type StoredObject,
} from "../api/meta.ts";
import type { InventoryEntry, SourceProblem, SourceSnapshot } from "../api/source-snapshot.ts";
import { parseApplied, refKey, refText } from "./source-ref.ts";

export type KeepReason =
  /** The source could not be read in full. */
  | "SourceIncomplete"
  /** The source has no document left at all, which looks like a directory that is not mounted. */
  | "SourceEmpty"
  /** Its text may be in a part of the source that has a fault. */
  | "SourceInvalid"
  | "Protected"
  | "OverBudget"
  /** Gone for too short a time to believe it. */
  | "Unconfirmed";

/** An object that the source no longer has, and that stays. */
export interface Keep {
  readonly ref: ObjectRef;
  readonly reason: KeepReason;
  readonly message: string;
}

export interface PruneInput {
  readonly snapshot: SourceSnapshot;
  /** Sorted by identity. */
  readonly inventory: readonly InventoryEntry[];
  /** Identities that the text has. */
  readonly present: ReadonlySet<string>;
  readonly ownerOf: ReadonlyMap<string, string>;
  readonly live: ReadonlyMap<string, StoredObject>;
  readonly allowDelete: number | undefined;
  readonly confirmedAbsent: ReadonlySet<string> | undefined;
}

export interface PrunePlan {
  readonly deletes: readonly ObjectRef[];
  /** Absent members that stay in the inventory. */
  readonly kept: readonly InventoryEntry[];
  readonly keeps: readonly Keep[];
  readonly problems: readonly SourceProblem[];
  readonly messages: readonly string[];
}

/**
 * Which members of the inventory may go. More candidates than the budget means that none of them
 * goes: to delete a part now and a part in each later pass would only be slower, not safer.
 */
export function planPrune(input: PruneInput): PrunePlan {
  const absent = input.inventory.filter((entry) => isOursToPrune(input, entry));
  const held = holdAll(input, absent);
  const faults = faultFinder(input);
  const keeps = new Map<string, Keep>();
  const problems: SourceProblem[] = [];
  const candidates: InventoryEntry[] = [];
  for (const entry of absent) {
    const fault = faults(entry);
    if (fault !== undefined && fault.ref === undefined && fault.file === entry.file) {
      problems.push({ ...fault, ref: entry.ref });
    }
    const keep = held(entry) ?? invalid(entry, fault) ?? protectedKeep(input, entry);
    if (keep === undefined) candidates.push(entry);
    else keeps.set(refKey(entry.ref), keep);
  }
  for (const keep of overBudget(input, candidates)) keeps.set(refKey(keep.ref), keep);
  for (const entry of candidates) {
    const key = refKey(entry.ref);
    if (!keeps.has(key) && input.confirmedAbsent?.has(key) === false) {
      keeps.set(key, keepOf(entry, "Unconfirmed", "is to be deleted if it stays away"));
    }
  }
  return toPlan(absent, keeps, problems);
}

function toPlan(
  absent: readonly InventoryEntry[],
  keeps: ReadonlyMap<string, Keep>,
  problems: readonly SourceProblem[],
): PrunePlan {
  const isKept = ({ ref }: InventoryEntry) => keeps.has(refKey(ref));
  return {
    deletes: absent.filter((entry) => !isKept(entry)).map(({ ref }) => ref),
    kept: absent.filter(isKept),
    keeps: [...keeps.values()],
    problems,
    messages: summaries([...keeps.values()]),
  };
}

/** A member that is gone already, or that another source has taken over, needs nothing done. */
function isOursToPrune({ snapshot, ...input }: PruneInput, { ref }: InventoryEntry): boolean {
  const key = refKey(ref);
  if (input.present.has(key)) return false;
  const live = input.live.get(key);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return false;
  return (input.ownerOf.get(key) ?? snapshot.sourceId) === snapshot.sourceId;
}

function holdAll(
  { snapshot }: PruneInput,
  absent: readonly InventoryEntry[],
): (entry: InventoryEntry) => Keep | undefined {
  if (!snapshot.complete) {
    return (entry) => keepOf(entry, "SourceIncomplete", `stays, because ${snapshot.reason}`);
  }
  const isEmpty = snapshot.documents.length === 0 && snapshot.problems.length === 0;
  if (!isEmpty || absent.length === 0) return () => undefined;
  return (entry) =>
    keepOf(
      entry,
      "SourceEmpty",
      `stays, because ${snapshot.sourceId} has suddenly no manifest at all; ` +
        "bring the manifests back, or delete it with `portunix delete`",
    );
}

/**
 * Finds the fault that may hide the text of an entry: one that names it; one in its file that names
 * nothing; or one anywhere that names nothing, since the entry's text may have moved there.
 */
function faultFinder({
  snapshot,
}: PruneInput): (entry: InventoryEntry) => SourceProblem | undefined {
  const named = new Map<string, SourceProblem>();
  const inFile = new Map<string, SourceProblem>();
  let elsewhere: SourceProblem | undefined;
  for (const problem of snapshot.problems.toReversed()) {
    if (problem.ref !== undefined) named.set(refKey(problem.ref), problem);
    else inFile.set(problem.file, (elsewhere = problem));
  }
  return ({ ref, file }) => named.get(refKey(ref)) ?? inFile.get(file) ?? elsewhere;
}

function invalid(entry: InventoryEntry, fault: SourceProblem | undefined): Keep | undefined {
  if (fault === undefined) return undefined;
  const place = `${fault.file}:${fault.line}:${fault.column}`;
  return keepOf(entry, "SourceInvalid", `stays as it was, because of ${place} ${fault.message}`);
}

function protectedKeep({ live }: PruneInput, entry: InventoryEntry): Keep | undefined {
  const said = parseApplied(entry.applied)?.metadata.annotations?.[PROTECT_ANNOTATION];
  const says = live.get(refKey(entry.ref))?.metadata.annotations?.[PROTECT_ANNOTATION];
  if (said !== "true" && says !== "true") return undefined;
  return keepOf(
    entry,
    "Protected",
    `stays, because it carries ${PROTECT_ANNOTATION}: "true"; bring its manifest back without that ` +
      "annotation first, or delete it with `portunix delete`",
  );
}

function overBudget(input: PruneInput, candidates: readonly InventoryEntry[]): Keep[] {
  const counted = candidates.filter(({ ref }) => {
    const annotations = input.live.get(refKey(ref))?.metadata.annotations;
    return annotations?.[PRUNE_ANNOTATION] !== "allowed";
  });
  const share = Math.max(1, Math.floor(input.inventory.length / 5));
  const budget = Math.max(share, input.allowDelete ?? 0);
  if (counted.length <= budget) return [];
  const message =
    `stays, because ${counted.length} objects are gone from ${input.snapshot.sourceId} and one pass ` +
    `deletes at most ${budget} of ${input.inventory.length}; allow it with ` +
    `\`portunix serve --allow-delete ${counted.length}\`, annotate them ${PRUNE_ANNOTATION}: allowed, ` +
    "or use `portunix delete`";
  return counted.map((entry) => keepOf(entry, "OverBudget", message));
}

function keepOf({ ref }: InventoryEntry, reason: KeepReason, message: string): Keep {
  return { ref, reason, message: `${refText(ref)} ${message}` };
}

const NAMES_MAX = 5;

/** One sentence for each reason, with the first names. */
function summaries(keeps: readonly Keep[]): string[] {
  const byReason = new Map<KeepReason, Keep[]>();
  for (const keep of keeps) {
    if (keep.reason === "Unconfirmed") continue;
    const group = byReason.get(keep.reason);
    if (group === undefined) byReason.set(keep.reason, [keep]);
    else group.push(keep);
  }
  return [...byReason.values()].map((group) => {
    const names = group.slice(0, NAMES_MAX).map(({ ref }) => refText(ref));
    const more = group.length > NAMES_MAX ? ` and ${group.length - NAMES_MAX} more` : "";
    return `not deleted: ${names.join(", ")}${more}. ${group[0]?.message ?? ""}`;
  });
}
