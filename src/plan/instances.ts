import type { Action, StopReason } from "./action.ts";
import { heldBack } from "./held-back.ts";
import {
  type Intent,
  type KnownObserved,
  type Obstacle,
  byOrdinal,
  isLiving,
  isStaying,
} from "./intent.ts";
import type { Memory } from "./memory.ts";
import { countEnd, expectEnd, slotOf } from "./remember.ts";
import type { Desired, ObservedInstance, Snapshot } from "./snapshot.ts";

interface Aim {
  readonly observed: KnownObserved;
  readonly revision: string;
}

/** Starts, stops and waits that bring the instances to `spec.replicas` of `revision`. */
export function instanceSteps(snapshot: Snapshot, desired: Desired, aim: Aim): Intent {
  const gates = gatesOf(snapshot, desired);
  const stops = instancesToStop(desired, { ...aim, mayReplace: gates.length === 0 });
  const memory = stops.reduce(
    (before, { instance, reason }) => rememberStop(before, instance, { snapshot, desired, reason }),
    snapshot.memory,
  );
  const current = { ...snapshot, memory };
  const starts = startSteps(current, desired, { ...aim, gates });
  const actions = [...stops.map((stop) => toAction(stop, desired)), ...starts.actions];
  const held = heldBack(current, actions);
  return {
    actions: held.actions,
    obstacles: [...held.obstacles, ...starts.obstacles, ...waitsOf(aim, stops, snapshot)],
    memory: withApplied(held.memory, held.actions),
  };
}

/** Remembered before the start itself: what the next daemon finds running is then known to it. */
function withApplied(memory: Memory, actions: readonly Action[]): Memory {
  const start = actions.find((action) => action.type === "start");
  return start === undefined ? memory : { ...memory, lastAppliedRevision: start.revision };
}

/** What must hold before an instance may start: dependencies, and being in no cycle. */
function gatesOf(snapshot: Snapshot, desired: Desired): Obstacle[] {
  const unmet = snapshot.dependencies.filter(({ isSatisfied }) => !isSatisfied);
  const gates = unmet.map(({ object, reason, message }): Obstacle => ({ object, reason, message }));
  // The cycle's own obstacle is stated by converge; here it only bars the start.
  return desired.dependencyCycle.length > 0 ? [...gates, CYCLE_GATE] : gates;
}

const CYCLE_GATE: Obstacle = { reason: "DependencyCycle", message: "" };

interface Stop {
  readonly instance: ObservedInstance;
  readonly reason: StopReason;
}

function toAction({ instance, reason }: Stop, { spec }: Desired): Action {
  return {
    type: "stop",
    reason,
    ordinal: instance.ordinal,
    instanceId: instance.id,
    gracePeriodSeconds: spec.terminationGracePeriodSeconds,
  };
}

function instancesToStop(
  { spec, condemned = [] }: Desired,
  aim: Aim & { readonly mayReplace: boolean },
): Stop[] {
  const stops: Stop[] = [];
  const outdated: ObservedInstance[] = [];
  const taken = new Set<number>();
  for (const instance of aim.observed.instances.filter(isStaying).toSorted(byOrdinal)) {
    const isExtra = instance.ordinal >= spec.replicas || taken.has(instance.ordinal);
    taken.add(instance.ordinal);
    if (isExtra) stops.push({ instance, reason: "ScaledDown" });
    else if (condemned.includes(instance.id)) stops.push({ instance, reason: "Restarted" });
    else if (instance.state === "unhealthy") stops.push({ instance, reason: "Unhealthy" });
    else if (instance.revision !== aim.revision) outdated.push(instance);
  }
  const replaced = aim.mayReplace ? nextToReplace(outdated, spec.replicas, aim) : undefined;
  return replaced === undefined
    ? stops
    : [...stops, { instance: replaced, reason: "RevisionChanged" }];
}

/** One at a time: the next is only taken down while all the others serve; one that does not serve goes first. */
function nextToReplace(
  outdated: readonly ObservedInstance[],
  replicas: number,
  { observed }: Aim,
): ObservedInstance | undefined {
  const idle = outdated.find(({ state }) => state !== "ready");
  if (idle !== undefined) return idle;
  const ready = observed.instances.filter(
    ({ state, ordinal }) => state === "ready" && ordinal < replicas,
  );
  return ready.length >= replicas ? outdated[0] : undefined;
}

interface StopContext {
  readonly snapshot: Snapshot;
  readonly desired: Desired;
  readonly reason: StopReason;
}

function rememberStop(
  memory: Memory,
  instance: ObservedInstance,
  { snapshot, desired, reason }: StopContext,
): Memory {
  if (reason !== "Unhealthy") return expectEnd(memory, instance);
  if (slotOf(memory, instance.ordinal).lastExitedId === instance.id) return memory;
  return countEnd(memory, instance, {
    spec: desired.spec,
    nowMs: snapshot.nowMs,
    key: snapshot.key,
  });
}

function startSteps(
  snapshot: Snapshot,
  { spec }: Desired,
  { observed, revision, gates }: Aim & { readonly gates: readonly Obstacle[] },
): { readonly actions: Action[]; readonly obstacles: Obstacle[] } {
  const actions: Action[] = [];
  const obstacles: Obstacle[] = [];
  const occupied = new Set(observed.instances.filter(isLiving).map(({ ordinal }) => ordinal));
  for (let ordinal = 0; ordinal < spec.replicas; ordinal += 1) {
    if (occupied.has(ordinal)) continue;
    const waits = [...backoffOf(snapshot, ordinal), ...gates];
    const reason = slotOf(snapshot.memory, ordinal).failures > 0 ? "Restart" : "Desired";
    if (waits.length === 0) actions.push({ type: "start", reason, ordinal, revision });
    obstacles.push(...waits);
  }
  if (
    observed.instances.some((instance) => isStaying(instance) && instance.revision !== revision)
  ) {
    obstacles.push(...gates);
  }
  return { actions, obstacles: distinct(obstacles.filter((obstacle) => obstacle !== CYCLE_GATE)) };
}

/** Ends that a restart alone will hardly mend; it is tried all the same. */
const HOPELESS_ENDS = new Set(["LaunchFailed", "InfoMismatch", "ForkedAway"]);

function backoffOf({ memory, nowMs }: Snapshot, ordinal: number): Obstacle[] {
  const slot = slotOf(memory, ordinal);
  if (slot.isDone) {
    const message = `instance ${ordinal} ended and restart.policy lets it be: ${slot.lastExit}`;
    return [{ reason: "Completed", message, isFinal: true }];
  }
  if (slot.nextStartAtMs <= nowMs) return [];
  const isHopeless = HOPELESS_ENDS.has(slot.lastReason);
  return [
    {
      reason: isHopeless ? slot.lastReason : "CrashLoopBackOff",
      message: isHopeless
        ? slot.lastExit
        : `instance ${ordinal} ended ${slot.failures} times in a row, lately: ${slot.lastExit}`,
      isFinal: isHopeless,
      retryAtMs: slot.nextStartAtMs,
      next: `restart instance ${ordinal}`,
    },
  ];
}

/** What only time or the plugin itself can bring, and what is done when it does not. */
function waitsOf({ observed }: Aim, stops: readonly Stop[], snapshot: Snapshot): Obstacle[] {
  const stopped = new Set(stops.map(({ instance }) => instance.id));
  return observed.instances
    .filter((instance) => isLiving(instance) && !stopped.has(instance.id))
    .toSorted(byOrdinal)
    .flatMap((instance) => waitOf(instance, snapshot));
}

function waitOf(instance: ObservedInstance, snapshot: Snapshot): Obstacle[] {
  const { ordinal, state, message } = instance;
  const detail = message === "" ? "" : `: ${message}`;
  switch (state) {
    case "queued":
      return [
        {
          reason: "Starting",
          message: `instance ${ordinal} waits for its turn to be launched`,
          next: `launch instance ${ordinal}`,
        },
      ];
    case "starting":
      return [
        {
          reason: "Starting",
          message: `instance ${ordinal} has not answered its startup probe yet${detail}`,
          next: `restart instance ${ordinal}, unless it answers before`,
          ...startupDeadlineOf(instance, snapshot),
        },
      ];
    case "notReady":
      return [
        {
          reason: "ReadinessProbeFailed",
          message: `instance ${ordinal} is up but not ready${detail}`,
          next: `restart instance ${ordinal}, if its liveness probe fails too`,
        },
      ];
    case "stopping":
      return [
        {
          reason: "Stopping",
          message: `instance ${ordinal} is being stopped`,
          next: `go on once instance ${ordinal} has ended; it is killed after its grace period`,
        },
      ];
    case "unhealthy":
    case "ready":
    case "exited":
      return [];
    default:
      return [];
  }
}

/** By the probes of the spec; an instance that was started before they changed keeps its own. */
function startupDeadlineOf(
  { startedAtMs }: ObservedInstance,
  { desired, nowMs }: Snapshot,
): Pick<Obstacle, "retryAtMs"> {
  if (startedAtMs === undefined || desired === undefined) return {};
  const { initialDelaySeconds, periodSeconds, failureThreshold } = desired.spec.probes.startup;
  const retryAtMs = startedAtMs + (initialDelaySeconds + periodSeconds * failureThreshold) * 1000;
  return retryAtMs > nowMs ? { retryAtMs } : {};
}

function distinct(obstacles: readonly Obstacle[]): Obstacle[] {
  const seen = new Map(
    obstacles.map((obstacle) => [
      `${obstacle.reason} ${obstacle.object ?? ""} ${obstacle.message}`,
      obstacle,
    ]),
  );
  return [...seen.values()];
}
