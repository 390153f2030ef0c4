import type { DesiredState } from "../api/plugin.ts";
import type { Action, StopReason } from "./action.ts";
import { heldBack } from "./held-back.ts";
import {
  type Intent,
  type KnownObserved,
  type Obstacle,
  byOrdinal,
  effectiveRevision,
  forgetExited,
  isSettledWithoutSource,
  isStaying,
  lookAgain,
  targetOf,
} from "./intent.ts";
import { instanceSteps } from "./instances.ts";
import type { Memory } from "./memory.ts";
import { expectEnd } from "./remember.ts";
import type { Desired, ResolvedPackage, Snapshot } from "./snapshot.ts";
import { dependentsStillRunning } from "./tear-down.ts";

/** One step of a living object towards its spec: files first, then processes. */
export function converge(snapshot: Snapshot, desired: Desired, observed: KnownObserved): Intent {
  const target = targetOf(desired, snapshot.memory);
  const objections = objectionsTo(snapshot, desired);
  const revision = effectiveRevision(desired, snapshot.memory);
  const forgets = forgetExited(observed);
  if (target !== "Running" || revision === undefined) {
    const stopped = stopAll(snapshot, desired, observed);
    if (stopped !== undefined) return merge(snapshot, forgets, stopped, objections);
  }
  const files = fileSteps(desired.package, observed, target);
  if (files.length > 0) return merge(snapshot, forgets, heldBack(snapshot, files), objections);
  if (target !== "Running" || revision === undefined || !isOnDisk(observed)) {
    return merge(
      snapshot,
      forgets,
      { actions: [], obstacles: [], memory: snapshot.memory },
      objections,
    );
  }
  return merge(
    snapshot,
    forgets,
    instanceSteps(snapshot, desired, { observed, revision }),
    objections,
  );
}

function merge(
  snapshot: Snapshot,
  first: readonly Action[],
  intent: Intent,
  obstacles: readonly Obstacle[],
): Intent {
  const held = heldBack(snapshot, first);
  return {
    actions: [...held.actions, ...intent.actions],
    obstacles: [...obstacles, ...held.obstacles, ...intent.obstacles],
    memory: intent.memory,
  };
}

/** Why the newest spec cannot be carried out, as far as the package, the user's grants and the graph go. */
function objectionsTo(snapshot: Snapshot, desired: Desired): Obstacle[] {
  const { package: fact, dependencyCycle } = desired;
  const obstacles: Obstacle[] = [];
  if (fact.state === "unresolved") {
    if (!isSettledWithoutSource(snapshot)) {
      obstacles.push({
        reason: fact.code,
        message: fact.message,
        isFinal: true,
        ...lookAgain(snapshot),
      });
    }
  } else {
    obstacles.push(
      ...fact.objections.map(({ code, message }) => ({
        reason: code,
        message,
        isFinal: true,
        ...lookAgain(snapshot),
      })),
    );
  }
  if (dependencyCycle.length > 0) {
    obstacles.push({
      reason: "DependencyCycle",
      message: `depends on itself, in a cycle of ${dependencyCycle.join(", ")}; remove one of the dependencies between them`,
      isFinal: true,
    });
  }
  return obstacles;
}

/** Undefined when nothing is left to stop. */
function stopAll(
  snapshot: Snapshot,
  desired: Desired,
  observed: KnownObserved,
): Intent | undefined {
  const staying = observed.instances.filter(isStaying).toSorted(byOrdinal);
  const living = observed.instances.filter(({ state }) => state !== "exited");
  if (living.length === 0) return undefined;
  const isDenied = effectiveRevision(desired, snapshot.memory) === undefined;
  const waiting = isDenied ? undefined : dependentsStillRunning(snapshot, staying.length);
  if (waiting !== undefined) return { actions: [], obstacles: [waiting], memory: snapshot.memory };
  const reason: StopReason =
    targetOf(desired, snapshot.memory) === "Running" ? "PermissionDenied" : "NotDesired";
  const memory: Memory = staying.reduce(expectEnd, snapshot.memory);
  const stops = staying.map(
    ({ id, ordinal }): Action => ({
      type: "stop",
      reason,
      ordinal,
      instanceId: id,
      gracePeriodSeconds: desired.spec.terminationGracePeriodSeconds,
    }),
  );
  const held = heldBack({ ...snapshot, memory }, stops);
  const stopping = {
    reason: "Stopping",
    message: `${living.length} instance(s) are being stopped`,
  };
  return { ...held, obstacles: [...held.obstacles, stopping] };
}

/**
 * Install, enable, configure or disable, in the order in which they rest on each other. While
 * something speaks against the newest spec, what is installed stays as it is: the last applied
 * revision must be able to go on.
 */
function fileSteps(
  fact: Desired["package"],
  observed: KnownObserved,
  target: DesiredState,
): Action[] {
  const steps: Action[] = target === "Installed" ? disableStep(observed) : [];
  if (fact.state !== "resolved") return steps;
  if (fact.objections.length > 0) {
    const isRefused = fact.objections.some(({ code }) => code === "VersionMismatch");
    return isRefused || observed.installed !== undefined
      ? steps
      : [...installStep(fact, observed), ...steps];
  }
  steps.unshift(...installStep(fact, observed));
  if (target === "Installed") return steps;
  if (!observed.isEnabled) steps.push({ type: "enable", reason: "Desired" });
  if (observed.configDigest !== fact.configDigest) {
    const reason = observed.configDigest === "" ? "NotConfigured" : "ConfigChanged";
    steps.push({ type: "configure", reason });
  }
  return steps;
}

function installStep(fact: ResolvedPackage, { installed }: KnownObserved): Action[] {
  if (
    installed?.digest === fact.digest &&
    installed.version === fact.version &&
    installed.name === fact.name
  ) {
    return [];
  }
  const reason = installed === undefined ? "NotInstalled" : "PackageChanged";
  return [{ type: "install", reason, version: fact.version, digest: fact.digest }];
}

function disableStep(observed: KnownObserved): Action[] {
  return observed.isEnabled ? [{ type: "disable", reason: "NotDesired" }] : [];
}

function isOnDisk(observed: KnownObserved): boolean {
  return observed.installed !== undefined && observed.isEnabled && observed.configDigest !== "";
}
