import { type Blocker, type DesiredState, desiredStateOf } from "../api/plugin.ts";
import type { Action } from "./action.ts";
import type { Memory } from "./memory.ts";
import type { Desired, Observed, ObservedInstance, Snapshot } from "./snapshot.ts";

export type KnownObserved = Extract<Observed, { state: "known" }>;

/** What {@link plan} means to do, before it is judged and put into words. */
export interface Intent {
  readonly actions: readonly Action[];
  readonly obstacles: readonly Obstacle[];
  readonly memory: Memory;
}

/** A blocker, with what the planner itself must know of it. */
export interface Obstacle extends Blocker {
  /** Nothing changes by itself: Stalled. */
  readonly isFinal?: boolean;
  /** When it is looked at again though no event came, ms. */
  readonly retryAtMs?: number;
  /** `retryAtMs` is but the next of many looks: not worth a word, and a write, each time. */
  readonly isPolled?: boolean;
  /** What is done then, in words. */
  readonly next?: string;
}

/** How long until a package that cannot be used is looked at again, ms. */
const SOURCE_RETRY_MS = 5_000;

/** For what only a change of the package ends: nobody tells when its files change. */
export function lookAgain({ nowMs }: Snapshot): Partial<Obstacle> {
  return {
    retryAtMs: nowMs + SOURCE_RETRY_MS,
    isPolled: true,
    next: `look at the package again, every ${SOURCE_RETRY_MS / 1000} s`,
  };
}

export function nothingToDo(memory: Memory, obstacle: Obstacle): Intent {
  return { actions: [], obstacles: [obstacle], memory };
}

export function isLiving(instance: ObservedInstance): boolean {
  return instance.state !== "exited";
}

/** Living and not yet told to stop. */
export function isStaying(instance: ObservedInstance): boolean {
  return isLiving(instance) && instance.state !== "stopping";
}

export function byOrdinal(a: ObservedInstance, b: ObservedInstance): number {
  return a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1);
}

/** The end of every exited instance is in memory by now, so its record can go. */
export function forgetExited(observed: KnownObserved): Action[] {
  return observed.instances
    .filter((instance) => instance.state === "exited")
    .toSorted(byOrdinal)
    .map(({ id }) => ({ type: "forget", reason: "Exited", instanceId: id }));
}

/**
 * The revision that instances should have: the one resolved now, else, while the newest spec
 * cannot be carried out, the one that was applied last, so that a plugin that runs goes on and is
 * still healed. Undefined when nothing may run.
 */
export function effectiveRevision(desired: Desired, memory: Memory): string | undefined {
  const { package: fact } = desired;
  if (fact.state === "resolved" && fact.objections.length === 0) return fact.revision;
  if (
    fact.state === "resolved" &&
    fact.objections.some(({ code }) => code === "PermissionDenied")
  ) {
    return undefined;
  }
  return memory.lastAppliedRevision;
}

/**
 * The source cannot be read now, but this very generation was resolved and carried out before: what
 * is there is what the user asked for, from the installed copy.
 */
export function isSettledWithoutSource({ desired, observed, memory }: Snapshot): boolean {
  if (desired?.package.state !== "unresolved" || observed.state === "unknown") return false;
  const isApplied =
    targetOf(desired, memory) !== "Running" || memory.lastAppliedRevision === memory.revision;
  return (
    memory.resolvedGeneration === desired.generation &&
    observed.installed !== undefined &&
    isApplied
  );
}

/** What the plugin is to be brought to; by the type its package last had while the source cannot be read. */
export function targetOf(desired: Desired, memory: Memory): DesiredState {
  const { package: fact, spec } = desired;
  return desiredStateOf(spec, fact.state === "resolved" ? fact.type : memory.packageType);
}
