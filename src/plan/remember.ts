import { backoffMs, jitterOf } from "../base/backoff.ts";
import type { PluginSpec } from "../api/plugin.ts";
import { type Memory, type SlotMemory, FRESH_SLOT, freshMemory } from "./memory.ts";
import type { Desired, ObservedInstance, Snapshot } from "./snapshot.ts";
import { type KnownObserved, byOrdinal } from "./intent.ts";

/** Longest wait after a failed action, ms; also what a clock that was set back can cost at the most. */
export const ACTION_BACKOFF = { initialDelayMs: 250, maxDelayMs: 60_000 };

/**
 * Takes what is newly observed into memory: a user's change, ends of instances (each counted
 * once), health. Repeating it with the same snapshot changes nothing more.
 */
export function remember(snapshot: Snapshot): Memory {
  const { desired, observed, nowMs } = snapshot;
  if (desired === undefined) return snapshot.memory;
  const known =
    snapshot.memory.uid === desired.uid ? snapshot.memory : freshMemory(desired.uid, nowMs);
  const current = withUserChange(withSaneClock(known, desired.spec, nowMs), desired, nowMs);
  return observed.state === "unknown"
    ? current
    : withObservations(current, desired, { ...snapshot, observed });
}

/** A clock set back must not turn a wait of seconds into hours. */
function withSaneClock(memory: Memory, spec: PluginSpec, nowMs: number): Memory {
  const latestStartMs = nowMs + spec.restart.maxDelaySeconds * 1100;
  const latestRetryMs = nowMs + ACTION_BACKOFF.maxDelayMs * 1.1;
  const { failure } = memory;
  return {
    ...memory,
    progressAtMs: Math.min(memory.progressAtMs, nowMs),
    slots: mapSlots(memory.slots, (slot) => ({
      ...slot,
      nextStartAtMs: Math.min(slot.nextStartAtMs, latestStartMs),
    })),
    failure:
      failure?.retryAtMs === undefined
        ? failure
        : { ...failure, retryAtMs: Math.min(failure.retryAtMs, latestRetryMs) },
  };
}

/** A new generation or revision is the user's doing: waits of the old one end, counts start anew. */
function withUserChange(memory: Memory, desired: Desired, nowMs: number): Memory {
  const isResolved = desired.package.state === "resolved";
  const revision = isResolved ? desired.package.revision : memory.revision;
  const resolvedGeneration = isResolved ? desired.generation : memory.resolvedGeneration;
  const packageType = isResolved ? desired.package.type : memory.packageType;
  if (memory.generation === desired.generation && memory.revision === revision) {
    return { ...memory, resolvedGeneration, packageType };
  }
  return {
    ...memory,
    generation: desired.generation,
    revision,
    resolvedGeneration,
    packageType,
    slots: mapSlots(memory.slots, (slot) => ({
      ...FRESH_SLOT,
      lastExitedId: slot.lastExitedId,
      lastExit: slot.lastExit,
      lastReason: slot.lastReason,
      ...(slot.restarts === undefined ? {} : { restarts: slot.restarts }),
    })),
    failure: undefined,
    progressAtMs: nowMs,
  };
}

interface KnownSnapshot extends Snapshot {
  readonly observed: KnownObserved;
}

function withObservations(memory: Memory, desired: Desired, snapshot: KnownSnapshot): Memory {
  const { observed, nowMs } = snapshot;
  let next: Memory = {
    ...memory,
    wasEnabled: memory.wasEnabled || observed.isEnabled,
    wasStarted:
      memory.wasStarted || observed.instances.some(({ startedAtMs }) => startedAtMs !== undefined),
    progressAtMs: snapshot.dependencies.some(({ isSatisfied }) => !isSatisfied)
      ? Math.max(memory.progressAtMs, nowMs)
      : memory.progressAtMs,
  };
  for (const instance of newestEnds(observed)) {
    if (slotOf(next, instance.ordinal).lastExitedId !== instance.id) {
      next = countEnd(next, instance, { spec: desired.spec, nowMs, key: snapshot.key });
    }
  }
  return isGood(observed, desired.spec, next.revision)
    ? { ...next, lastGoodRevision: next.revision, lastAppliedRevision: next.revision }
    : next;
}

/**
 * By ordinal, its newest instance where that one has ended. An ordinal is started again only once
 * the end before it is counted, so the end of an older one is never news.
 */
function newestEnds({ instances }: KnownObserved): ObservedInstance[] {
  const newest = new Map<number, ObservedInstance>();
  for (const instance of instances.toSorted(byEnd)) newest.set(instance.ordinal, instance);
  return [...newest.values()].filter(({ state }) => state === "exited").toSorted(byOrdinal);
}

/** By the time of their end, those that live last. */
function byEnd(a: ObservedInstance, b: ObservedInstance): number {
  const endOf = ({ state, exitedAtMs }: ObservedInstance) =>
    state === "exited" ? (exitedAtMs ?? 0) : Number.MAX_SAFE_INTEGER;
  return endOf(a) - endOf(b) || (a.id < b.id ? -1 : 1);
}

interface EndContext {
  readonly spec: PluginSpec;
  readonly nowMs: number;
  readonly key: string;
}

/** Counts the end of an instance that nobody asked for, and says when the next may start. */
export function countEnd(memory: Memory, instance: ObservedInstance, context: EndContext): Memory {
  const { restart } = context.spec;
  const slot = slotOf(memory, instance.ordinal);
  const endedAtMs = Math.min(instance.exitedAtMs ?? context.nowMs, context.nowMs);
  const healthyMs = instance.readyAtMs === undefined ? 0 : endedAtMs - instance.readyAtMs;
  const failures = healthyMs >= restart.resetAfterSeconds * 1000 ? 1 : slot.failures + 1;
  const isDone =
    restart.policy === "Never" || (restart.policy === "OnFailure" && instance.exit?.code === 0);
  const curve = {
    initialDelayMs: restart.initialDelaySeconds * 1000,
    maxDelayMs: restart.maxDelaySeconds * 1000,
  };
  // The first restart is immediate; waiting begins with the second end in a row.
  const delayMs =
    failures < 2 ? 0 : backoffMs(curve, failures - 1, jitterOf(context.key + instance.id));
  return {
    ...withSlot(memory, instance.ordinal, {
      failures,
      nextStartAtMs: delayMs === 0 ? 0 : endedAtMs + delayMs,
      lastExitedId: instance.id,
      lastExit: describeEnd(instance),
      lastReason: instance.reason,
      restarts: (slot.restarts ?? 0) + (isDone ? 0 : 1),
      isDone,
    }),
    restarts: memory.restarts + (isDone ? 0 : 1),
    progressAtMs:
      instance.readyAtMs === undefined
        ? memory.progressAtMs
        : Math.max(memory.progressAtMs, endedAtMs),
  };
}

/** Remembers that this instance is stopped on purpose: its end is no failure. */
export function expectEnd(memory: Memory, instance: ObservedInstance): Memory {
  const slot = slotOf(memory, instance.ordinal);
  if (slot.lastExitedId === instance.id) return memory;
  return withSlot(memory, instance.ordinal, { ...slot, lastExitedId: instance.id });
}

export function slotOf(memory: Memory, ordinal: number): SlotMemory {
  return memory.slots[String(ordinal)] ?? FRESH_SLOT;
}

function withSlot(memory: Memory, ordinal: number, slot: SlotMemory): Memory {
  return { ...memory, slots: { ...memory.slots, [String(ordinal)]: slot } };
}

function mapSlots(
  slots: Memory["slots"],
  change: (slot: SlotMemory) => SlotMemory,
): Memory["slots"] {
  return Object.fromEntries(
    Object.entries(slots).map(([ordinal, slot]) => [ordinal, change(slot)]),
  );
}

/** Everything wanted is ready at `revision`. */
function isGood(observed: KnownObserved, spec: PluginSpec, revision: string): boolean {
  const ready = observed.instances.filter(
    (instance) =>
      instance.state === "ready" &&
      instance.revision === revision &&
      instance.ordinal < spec.replicas,
  );
  return spec.replicas > 0 && ready.length >= spec.replicas;
}

function describeEnd({ exit, reason, message }: ObservedInstance): string {
  if (message !== "") return message;
  if (exit?.signal !== undefined) return `killed by ${exit.signal}`;
  if (exit?.code !== undefined) return `exited with code ${exit.code}`;
  return reason === "" ? "ended" : reason;
}
