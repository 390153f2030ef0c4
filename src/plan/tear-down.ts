import type { Action } from "./action.ts";
import { expectEnd } from "./remember.ts";
import type { Snapshot } from "./snapshot.ts";
import {
  type Intent,
  type KnownObserved,
  type Obstacle,
  byOrdinal,
  forgetExited,
  isLiving,
} from "./intent.ts";
import { heldBack } from "./held-back.ts";

/** Kill delay for what is left of an object that is not there any more, seconds. */
const ORPHAN_GRACE_SECONDS = 10;

/** Takes everything of a deleted (or never known) plugin away: processes, link, files, finalizer. */
export function tearDown(snapshot: Snapshot, observed: KnownObserved): Intent {
  const living = observed.instances.filter(isLiving).toSorted(byOrdinal);
  const waiting = dependentsStillRunning(snapshot, living.length);
  if (waiting !== undefined) return { actions: [], obstacles: [waiting], memory: snapshot.memory };
  if (observed.instances.length > 0) return stopAll(snapshot, observed);
  return heldBack(snapshot, removeFiles(snapshot, observed));
}

function stopAll(snapshot: Snapshot, observed: KnownObserved): Intent {
  const gracePeriodSeconds =
    snapshot.desired?.spec.terminationGracePeriodSeconds ?? ORPHAN_GRACE_SECONDS;
  const staying = observed.instances.filter(
    (instance) => isLiving(instance) && instance.state !== "stopping",
  );
  const stops = staying.toSorted(byOrdinal).map(
    ({ id, ordinal }): Action => ({
      type: "stop",
      reason: "Deleted",
      ordinal,
      instanceId: id,
      gracePeriodSeconds,
    }),
  );
  const memory = staying.reduce(expectEnd, snapshot.memory);
  const stopping = observed.instances.filter(isLiving);
  const obstacles: Obstacle[] =
    stopping.length === 0
      ? []
      : [{ reason: "Stopping", message: `${stopping.length} instance(s) are being stopped` }];
  const held = heldBack({ ...snapshot, memory }, [...forgetExited(observed), ...stops]);
  return { ...held, obstacles: [...held.obstacles, ...obstacles] };
}

function removeFiles({ desired }: Snapshot, observed: KnownObserved): Action[] {
  const actions: Action[] = [];
  if (observed.isEnabled) actions.push({ type: "disable", reason: "Deleted" });
  if (observed.installed !== undefined || observed.isEnabled || observed.configDigest !== "") {
    actions.push({ type: "uninstall", reason: "Deleted" });
  }
  if (actions.length === 0 && desired?.hasFinalizer === true) {
    actions.push({ type: "finalize", reason: "Deleted" });
  }
  return actions;
}

/** What depends on this one and goes too, goes first; members of one cycle do not wait for each other. */
export function dependentsStillRunning(snapshot: Snapshot, living: number): Obstacle | undefined {
  const cycle = new Set(snapshot.desired?.dependencyCycle);
  const waitedFor = snapshot.stoppingDependents.filter((name) => !cycle.has(name));
  const [first] = waitedFor;
  if (first === undefined || living === 0) return undefined;
  return {
    reason: "DependentsRunning",
    message: `waits until ${waitedFor.map((name) => `plugin/${name}`).join(", ")} has stopped`,
    object: `plugin/${first}`,
  };
}
