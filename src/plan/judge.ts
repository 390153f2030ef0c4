import type { ConditionStatement } from "../api/conditions.ts";
import type { Blocker } from "../api/plugin.ts";
import { conditionsOf } from "./conditions-of.ts";
import type { Decision, ReplicaCount } from "./decision.ts";
import { describeAction } from "./describe-action.ts";
import { type Intent, type Obstacle, targetOf } from "./intent.ts";
import { phaseOf } from "./phase.ts";
import type { Snapshot } from "./snapshot.ts";

/** Puts an intent into words: conditions, blockers, phase, what happens next and when. */
export function judge(snapshot: Snapshot, intent: Intent): Decision {
  const deadlineMs = progressDeadlineOf(snapshot, intent);
  const obstacles =
    deadlineMs !== undefined && deadlineMs <= snapshot.nowMs
      ? [...intent.obstacles, deadlineExceeded(snapshot)]
      : intent.obstacles;
  const replicas = countReplicas(snapshot);
  const conditions: readonly ConditionStatement[] = conditionsOf(
    { ...intent, obstacles },
    snapshot,
    replicas,
  );
  return {
    actions: intent.actions,
    conditions,
    blockers: blockersOf(obstacles, conditions),
    phase: phaseOf(snapshot),
    readyReplicas: replicas.ready,
    wantedReplicas: replicas.wanted,
    nextAction: nextActionOf(intent.actions[0] && describeAction(intent.actions[0]), obstacles),
    nextActionAtMs: earliest(
      snapshot.nowMs,
      obstacles.filter(({ isPolled }) => isPolled !== true),
      deadlineMs,
    ),
    wakeAtMs: earliest(snapshot.nowMs, obstacles, deadlineMs),
    memory: snapshot.memory,
  };
}

function countReplicas({ desired, observed, memory }: Snapshot): ReplicaCount {
  if (desired === undefined || desired.isDeleting || targetOf(desired, memory) !== "Running") {
    return { ready: 0, wanted: 0 };
  }
  const wanted = desired.spec.replicas;
  if (observed.state === "unknown") return { ready: 0, wanted };
  const fact = desired.package;
  const revision = fact.state === "resolved" ? fact.revision : memory.lastAppliedRevision;
  const isCounted = (instanceRevision: string): boolean =>
    instanceRevision === revision ||
    desired.spec.suspend ||
    instanceRevision === memory.lastAppliedRevision;
  const ready = observed.instances.filter(
    (instance) =>
      instance.state === "ready" && instance.ordinal < wanted && isCounted(instance.revision),
  );
  return { ready: new Set(ready.map(({ ordinal }) => ordinal)).size, wanted };
}

/** When lack of progress becomes a failure; undefined while nothing should be making any. */
function progressDeadlineOf(
  { desired, memory }: Snapshot,
  { obstacles }: Intent,
): number | undefined {
  if (desired === undefined || desired.isDeleting || desired.spec.suspend) return undefined;
  if (memory.lastGoodRevision === memory.revision && memory.revision !== "") return undefined;
  const isProgressing = obstacles.some(({ reason }) => PROGRESS_REASONS.has(reason));
  if (!isProgressing) return undefined;
  return memory.progressAtMs + desired.spec.update.progressDeadlineSeconds * 1000;
}

/** Waits that are for the plugin itself to end. */
const PROGRESS_REASONS = new Set(["Starting", "ReadinessProbeFailed", "CrashLoopBackOff"]);

function deadlineExceeded({ desired }: Snapshot): Obstacle {
  const seconds = desired?.spec.update.progressDeadlineSeconds ?? 0;
  return {
    reason: "ProgressDeadlineExceeded",
    message: `not Ready ${seconds} s after the last change; still being retried`,
    isFinal: true,
  };
}

/** Whatever is not Ready names at least one cause. */
function blockersOf(
  obstacles: readonly Obstacle[],
  conditions: readonly ConditionStatement[],
): Blocker[] {
  if (obstacles.length > 0) return obstacles.map(toBlocker);
  const ready = conditions.find(({ type }) => type === "Ready");
  if (ready === undefined || ready.status === "True") return [];
  return [{ reason: ready.reason, message: ready.message }];
}

function toBlocker({ reason, message, object }: Obstacle): Blocker {
  return object === undefined ? { reason, message } : { reason, message, object };
}

function nextActionOf(action: string | undefined, obstacles: readonly Obstacle[]): string {
  if (action !== undefined) return action;
  const soonest = obstacles
    .filter(({ next }) => next !== undefined)
    .toSorted((a, b) => (a.retryAtMs ?? Infinity) - (b.retryAtMs ?? Infinity))[0];
  return soonest?.next ?? "";
}

function earliest(
  nowMs: number,
  obstacles: readonly Obstacle[],
  deadlineMs: number | undefined,
): number | undefined {
  const times = obstacles.flatMap(({ retryAtMs }) => (retryAtMs === undefined ? [] : [retryAtMs]));
  if (deadlineMs !== undefined && deadlineMs > nowMs) times.push(deadlineMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
