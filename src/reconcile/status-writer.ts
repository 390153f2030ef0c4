import { mergeConditions } from "../api/conditions.ts";
import type { InstanceStatus, PluginStatus } from "../api/plugin.ts";
import type { Decision } from "../plan/decision.ts";
import { targetOf } from "../plan/intent.ts";
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
    blockers: decision.blockers,
    ...(decision.nextAction === "" ? {} : { nextAction: decision.nextAction }),
    ...(nextActionAtMs === undefined ? {} : { nextActionTime: toTime(nextActionAtMs) }),
    ...(memory.lastAppliedRevision === undefined
      ? {}
      : { lastAppliedRevision: memory.lastAppliedRevision }),
    ...(memory.lastGoodRevision === undefined ? {} : { lastGoodRevision: memory.lastGoodRevision }),
  };
}

/** Instances ready of those wanted; of a plugin that is to rest, whether it is where it should be. */
function readyText({ desired }: Snapshot, decision: Decision): string {
  const isResting = desired !== undefined && targetOf(desired, decision.memory) !== "Running";
  if (!isResting) return `${decision.readyReplicas}/${decision.wantedReplicas}`;
  return decision.conditions.find(({ type }) => type === "Ready")?.status ?? "Unknown";
}

function toInstance(instance: ObservedInstance): InstanceStatus {
  const { id, ordinal, state, pid, startedAtMs, address, revision, message } = instance;
  return {
    id,
    ordinal,
    state,
    ...(pid === undefined ? {} : { pid }),
    ready: state === "ready",
    ...(startedAtMs === undefined ? {} : { startedAt: toTime(startedAtMs) }),
    ...(address === "" ? {} : { address }),
    revision,
    ...(message === "" ? {} : { message }),
  };
}

/** RFC 3339, UTC, whole seconds, as Kubernetes writes times. */
export function toTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, "Z");
}
