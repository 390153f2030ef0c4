import { conditionOf } from "../conditions.ts";
import type { Blocker, InstanceStatus, Plugin } from "../plugin.ts";
import { CONTAINER_NAME, imageOf } from "./plugin-replicas.ts";
import type { PodSlot } from "./pod-slots.ts";

/** The parts of a Pod's status that its table and the tests read. */
export interface PodStatus {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly conditions: readonly object[];
  readonly hostIP: string;
  readonly podIP?: string;
  readonly startTime?: string;
  readonly containerStatuses: readonly [ContainerStatus];
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly state: ContainerState;
}

/** One of the three. */
export interface ContainerState {
  readonly running?: { readonly startedAt: string };
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly message?: string;
    readonly startedAt?: string;
  };
}

const LOOPBACK = "127.0.0.1";
/** Kubernetes' own for a container whose end nobody saw. */
const UNSEEN_EXIT_CODE = 137;

/**
 * The status of one Pod, so that `kubectl get pods` and kstatus read it as they would a real one:
 * a process that keeps ending is CrashLoopBackOff, one that may not start yet is Pending with the
 * Plugin's own reason.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
export function podStatusOf(plugin: Plugin, slot: PodSlot): PodStatus {
  const { instance, ends } = slot;
  const state = stateOf(plugin, slot);
  const isReady = state.running !== undefined && instance?.ready === true;
  const image = imageOf(plugin);
  const started = instance?.startedAt;
  return {
    phase: phaseOf(plugin, slot, state),
    conditions: conditionsOf(plugin, isReady, state),
    hostIP: LOOPBACK,
    ...(instance === undefined ? {} : { podIP: LOOPBACK }),
    ...(started === undefined ? {} : { startTime: started }),
    containerStatuses: [
      {
        name: CONTAINER_NAME,
        ready: isReady,
        started: state.running !== undefined && instance?.state !== "starting",
        restartCount: ends?.restarts ?? 0,
        image,
        imageID: image,
        ...(instance === undefined ? {} : { containerID: `portunix://${instance.id}` }),
        state,
      },
    ],
  };
}

function stateOf(plugin: Plugin, slot: PodSlot): ContainerState {
  const { instance, ordinal } = slot;
  if (instance === undefined) return restingState(plugin, slot);
  if (instance.state === "queued")
    return { waiting: { reason: "ContainerCreating", ...told(instance.message) } };
  if (instance.state === "exited") {
    const blocker = blockerOf(plugin, ordinal);
    return blocker?.reason === "CrashLoopBackOff" ? waiting(blocker) : ended(instance);
  }
  return { running: { startedAt: instance.startedAt ?? plugin.metadata.creationTimestamp } };
}

/** Of an ordinal without a process. */
function restingState(plugin: Plugin, { ordinal, ends }: PodSlot): ContainerState {
  const blocker = blockerOf(plugin, ordinal);
  if (blocker?.reason === "Completed")
    return {
      terminated: {
        exitCode: ends?.lastMessage === "exited with code 0" ? 0 : 1,
        reason: ends?.lastMessage === "exited with code 0" ? "Completed" : "Error",
        message: blocker.message,
      },
    };
  if (blocker !== undefined) return waiting(blocker);
  return { waiting: { reason: "ContainerCreating", ...told(plugin.status?.nextAction) } };
}

function ended({
  exitCode = UNSEEN_EXIT_CODE,
  message,
  startedAt,
}: InstanceStatus): ContainerState {
  return {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      ...told(message),
      ...(startedAt === undefined ? {} : { startedAt }),
    },
  };
}

function waiting({ reason, message }: Blocker): ContainerState {
  const word = UNDER_WAY.has(reason) ? "ContainerCreating" : reason;
  return { waiting: { reason: word, ...told(message) } };
}

function told(message: string | undefined): { readonly message?: string } {
  return message === undefined || message === "" ? {} : { message };
}

/** What only tells that something is under way; Kubernetes has a word of its own for that. */
const UNDER_WAY = new Set(["Progressing", "Starting", "Stopping", "NotRunning"]);

/** What keeps this ordinal from running: what is said of it alone, else of the whole Plugin. */
function blockerOf({ status }: Plugin, ordinal: number): Blocker | undefined {
  const blockers = status?.blockers ?? [];
  const own = blockers.find(({ message }) => message.startsWith(`instance ${ordinal} `));
  return own ?? blockers.find(({ message }) => !/^instance \d+ /.test(message));
}

function phaseOf(plugin: Plugin, { instance, ends, ordinal }: PodSlot, state: ContainerState) {
  const isOver = blockerOf(plugin, ordinal)?.reason === "Completed";
  if (state.terminated !== undefined && isOver)
    return state.terminated.exitCode === 0 ? "Succeeded" : "Failed";
  if (state.running !== undefined || state.terminated !== undefined) return "Running";
  return instance?.state === "exited" || (ends?.restarts ?? 0) > 0 ? "Running" : "Pending";
}

function conditionsOf(plugin: Plugin, isReady: boolean, state: ContainerState): object[] {
  const { creationTimestamp } = plugin.metadata;
  const ready = conditionOf(plugin.status?.conditions, "Ready");
  const lastTransitionTime = ready?.lastTransitionTime ?? creationTimestamp;
  const message = state.waiting?.message ?? state.terminated?.message ?? ready?.message;
  const unready = { reason: "ContainersNotReady", ...told(message) };
  const readiness = isReady ? { status: "True" } : { status: "False", ...unready };
  return [
    { type: "PodScheduled", status: "True", lastTransitionTime: creationTimestamp },
    { type: "Initialized", status: "True", lastTransitionTime: creationTimestamp },
    { type: "ContainersReady", ...readiness, lastTransitionTime },
    { type: "Ready", ...readiness, lastTransitionTime },
  ];
}
