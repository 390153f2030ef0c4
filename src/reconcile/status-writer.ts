import { constants } from "node:os";
import { mergeConditions } from "../api/conditions.ts";
import type { InstanceStatus, PluginStatus } from "../api/plugin.ts";
import type { Decision } from "../plan/decision.ts";
import { targetOf } from "../plan/intent.ts";
import type { Memory } from "../plan/memory.ts";
import type { ObservedInstance, Snapshot } from "../plan/snapshot.ts";

/**
 * The status that a decision amounts to. While nothing is observed, what was last seen of files
 * and processes stays, under conditions that say Unknown.
 */
export function toStatus(
  snapshot: Snapshot,
  decision: Decision,
  previous: PluginStatus | undefined,
): PluginStatus {
  const { observed, desired, nowMs } = snapshot;
  const { memory, nextActionAtMs } = decision;
  const observedGeneration = desired?.generation ?? previous?.observedGeneration ?? 0;
  const installed = observed.state === "known" ? observed.installed : previous?.installed;
  const instances =
    observed.state === "known" ? observed.instances.map(toInstance) : (previous?.instances ?? []);
  return {
    observedGeneration,
    phase: decision.phase,
    ready: readyText(snapshot, decision),
    replicas: instances.filter(({ state }) => state !== "exited").length,
    readyReplicas: decision.readyReplicas,
    restarts: memory.restarts,
    conditions: mergeConditions(
      previous?.conditions ?? [],
      decision.conditions,
      observedGeneration,
      toTime(nowMs),
    ),
    ...(installed === undefined ? {} : { installed }),
    instances,
    ...slotsOf(memory),
    ...aimOf(snapshot, decision, previous),
    blockers: decision.blockers,
    ...(decision.nextAction === "" ? {} : { nextAction: decision.nextAction }),
    ...(nextActionAtMs === undefined ? {} : { nextActionTime: toTime(nextActionAtMs) }),
    ...(memory.lastAppliedRevision === undefined
      ? {}
      : { lastAppliedRevision: memory.lastAppliedRevision }),
    ...(memory.lastGoodRevision === undefined ? {} : { lastGoodRevision: memory.lastGoodRevision }),
  };
}

/** Only what has ended unasked; a stop on purpose is no news. */
function slotsOf({ slots }: Memory): Pick<PluginStatus, "slots"> {
  const ended = Object.entries(slots).filter(
    ([, { restarts = 0, isDone }]) => restarts > 0 || isDone,
  );
  if (ended.length === 0) return {};
  return {
    slots: ended.map(([ordinal, { restarts = 0, lastReason, lastExit }]) => ({
      ordinal: Number(ordinal),
      restarts,
      lastReason,
      lastMessage: lastExit,
    })),
  };
}

/** What the instances are to become, and which restart that takes in. */
function aimOf(
  { desired }: Snapshot,
  { memory }: Decision,
  previous: PluginStatus | undefined,
): Pick<PluginStatus, "desiredState" | "updateRevision" | "restartedAt"> {
  if (desired === undefined) return {};
  const isResolved = desired.package.state === "resolved";
  const restartedAt = isResolved ? desired.restartedAt : previous?.restartedAt;
  return {
    desiredState: targetOf(desired, memory),
    updateRevision: memory.revision,
    ...(restartedAt === undefined ? {} : { restartedAt }),
  };
}

/** Instances ready of those wanted; of a plugin that is to rest, whether it is where it should be. */
function readyText({ desired }: Snapshot, decision: Decision): string {
  const isResting = desired !== undefined && targetOf(desired, decision.memory) !== "Running";
  if (!isResting) return `${decision.readyReplicas}/${decision.wantedReplicas}`;
  return decision.conditions.find(({ type }) => type === "Ready")?.status ?? "Unknown";
}

function toInstance(instance: ObservedInstance): InstanceStatus {
  const { id, ordinal, state, pid, startedAtMs, address, revision, reason, message } = instance;
  const exitCode = exitCodeOf(instance.exit);
  return {
    id,
    ordinal,
    state,
    ...(pid === undefined ? {} : { pid }),
    ready: state === "ready",
    ...(startedAtMs === undefined ? {} : { startedAt: toTime(startedAtMs) }),
    ...(address === "" ? {} : { address }),
    revision,
    ...(reason === "" ? {} : { reason }),
    ...(message === "" ? {} : { message }),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

/** As shells count: 128 and the number of the signal for what was killed. */
function exitCodeOf(exit: ObservedInstance["exit"]): number | undefined {
  if (exit?.signal === undefined) return exit?.code;
  const number = constants.signals[exit.signal as NodeJS.Signals] as number | undefined;
  return number === undefined ? undefined : 128 + number;
}

/** RFC 3339, UTC, whole seconds, as Kubernetes writes times. */
export function toTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, "Z");
}
