import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import type { Action, ActionType } from "../../../src/plan/action.ts";
import type { Decision } from "../../../src/plan/decision.ts";
import { freshMemory } from "../../../src/plan/memory.ts";
import { plan } from "../../../src/plan/plan.ts";
import type { ObservedInstance, Snapshot } from "../../../src/plan/snapshot.ts";
import { pluginSpec, scenarios } from "../../helpers/arbitraries.ts";
import { propertyRuns, propertyTimeoutMs } from "../../helpers/property-runs.ts";
import { simulate } from "../../helpers/sim-run.ts";
import { SNAPSHOT_NOW_MS, snapshots } from "../../helpers/snapshots.ts";

const options = { numRuns: propertyRuns() };
const timeout = propertyTimeoutMs();

describe("plan", () => {
  test("P2: decides the same again on what it remembered the first time", { timeout }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        // The host promises that no two instances of one ordinal live at once.
        fc.pre(!hasTwins(snapshot));
        const first = plan(snapshot);
        expect(plan({ ...snapshot, memory: first.memory })).toEqual(first);
      }),
      options,
    );
  });

  test("P5: touches nothing while the host is not observed", { timeout }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const observed = { state: "unknown", message: "the watch is broken" } as const;
        const decision = plan({ ...snapshot, observed });
        expect(decision.actions).toEqual([]);
        expect(statusOf(decision, "Ready")).toBe("Unknown");
      }),
      options,
    );
  });

  test("P6: starts nothing while a dependency is not met or part of a cycle", { timeout }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const isGated =
          snapshot.dependencies.some(({ isSatisfied }) => !isSatisfied) ||
          (snapshot.desired?.dependencyCycle.length ?? 0) > 0;
        fc.pre(isGated);
        expect(ofType(plan(snapshot), "start")).toEqual([]);
      }),
      options,
    );
  });

  test("P3: starts an ordinal only when no instance of it lives, and each once", {
    timeout,
  }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const { observed, desired } = snapshot;
        const living = observed.state === "known" ? observed.instances.filter(isLiving) : [];
        const started = ofType(plan(snapshot), "start").map(({ ordinal }) => ordinal);
        expect(new Set(started).size).toBe(started.length);
        expect(living.filter(({ ordinal }) => started.includes(ordinal))).toEqual([]);
        expect(started.every((ordinal) => ordinal < (desired?.spec.replicas ?? 0))).toBe(true);
      }),
      options,
    );
  });

  test("P9: states every condition once with a reason, and says why what is not Ready is not", {
    timeout,
  }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const { conditions, blockers, nextAction } = plan(snapshot);
        expect(new Set(conditions.map(({ type }) => type)).size).toBe(conditions.length);
        for (const { reason } of conditions) expect(reason).toMatch(/^[A-Z][A-Za-z]+$/);
        const isReady = conditions.some(
          ({ type, status }) => type === "Ready" && status === "True",
        );
        if (!isReady) expect(blockers.length + nextAction.length).toBeGreaterThan(0);
      }),
      options,
    );
  });

  test("P12: the order of what is observed does not change the decision", { timeout }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const { observed } = snapshot;
        if (observed.state === "unknown") return;
        const turned = { ...observed, instances: observed.instances.toReversed() };
        const { actions } = plan({ ...snapshot, observed: turned });
        expect(actions).toEqual(plan(snapshot).actions);
      }),
      options,
    );
  });

  test("P13: nothing to do and nothing in the way, if and only if the status says in sync", {
    timeout,
  }, () => {
    fc.assert(
      fc.property(snapshots(), (snapshot) => {
        const decision = plan(snapshot);
        const isIdle = decision.actions.every(({ type }) => type === "forget");
        const isFree = decision.blockers.every(({ reason }) => reason === "Suspended");
        const isInSync = statusOf(decision, "Ready") === "True";
        if (isInSync) expect({ isIdle, isFree }).toEqual({ isIdle: true, isFree: true });
        if (isIdle && decision.blockers.length === 0 && snapshot.desired?.isDeleting === false) {
          expect({ isInSync, ...decision }).toMatchObject({ isInSync: true });
          expect(statusOf(decision, "Reconciling")).toBe(
            decision.actions.length === 0 ? "False" : statusOf(decision, "Reconciling"),
          );
        }
      }),
      options,
    );
  });

  test("P8: waits between restarts grow to their bound, and start anew after a healthy time", {
    timeout,
  }, () => {
    const lives = fc.array(fc.integer({ min: 0, max: 700_000 }), { minLength: 2, maxLength: 14 });
    fc.assert(
      fc.property(lives, (healthyTimesMs) => {
        let memory = freshMemory("uid-1", SNAPSHOT_NOW_MS);
        let nowMs = SNAPSHOT_NOW_MS;
        let last = -1;
        for (const [index, healthyMs] of healthyTimesMs.entries()) {
          nowMs += healthyMs;
          const exited = exitedInstance(`i${index}`, nowMs - healthyMs, nowMs);
          const decision = plan({ ...RUNNING, nowMs, memory, ...observing(exited) });
          memory = decision.memory;
          const waitMs = Math.max(0, (memory.slots["0"]?.nextStartAtMs ?? 0) - nowMs);
          expect(ofType(decision, "start").length).toBe(waitMs === 0 ? 1 : 0);
          const isFirst = index === 0 || healthyMs >= 600_000;
          if (isFirst) expect(waitMs).toBe(0);
          // Doubling outgrows a jitter of 10 % either way until the bound is reached.
          else expect(waitMs).toBeGreaterThanOrEqual(Math.min(last, 54_000));
          expect(waitMs).toBeLessThanOrEqual(66_000);
          last = isFirst ? 0 : waitMs;
          nowMs += waitMs;
        }
      }),
      options,
    );
  });
});

describe("the generators", () => {
  test("reach every kind of action", () => {
    const kinds = {
      install: true,
      enable: true,
      configure: true,
      start: true,
      stop: true,
      forget: true,
      disable: true,
      uninstall: true,
      finalize: true,
    } satisfies Record<ActionType, true>;
    const actions = fc.sample(snapshots(), 2_000).flatMap((snapshot) => plan(snapshot).actions);
    expect(new Set(actions.map(({ type }) => type))).toEqual(new Set(Object.keys(kinds)));
  });

  test("bring the simulated world to every action and to every reason for waiting", async () => {
    const told = new Set<string>();
    const done = new Set<string>();
    const shape = {
      faults: { failAction: 0.1, breakWatch: 0.02 },
      maxOperations: 8,
      maxCrashes: 2,
    };
    for (const scenario of fc.sample(scenarios(shape), { numRuns: 400, seed: 11 })) {
      const { world } = await simulate(scenario);
      for (const reason of world.store.reasons) told.add(reason);
      for (const { type } of world.performed) done.add(type);
      const isDone = EVERY_ACTION.every((type) => done.has(type));
      if (isDone && EVERY_REASON.every((reason) => told.has(reason))) break;
    }
    expect(EVERY_REASON.filter((reason) => !told.has(reason))).toEqual([]);
    expect(EVERY_ACTION.filter((type) => !done.has(type))).toEqual([]);
  }, 120_000);
});

const EVERY_REASON = [
  "CrashLoopBackOff",
  "Completed",
  "ConfigInvalid",
  "DependencyCycle",
  "DependencyMissing",
  "DependencyNotReady",
  "DependentsRunning",
  "HostUnavailable",
  "PackageNotFound",
  "PermissionDenied",
  "PluginUnavailable",
  "ProgressDeadlineExceeded",
  "ReadinessProbeFailed",
  "Starting",
  "Stopping",
  "Suspended",
  "VersionMismatch",
];

const EVERY_ACTION = [
  "configure",
  "disable",
  "enable",
  "finalize",
  "forget",
  "install",
  "start",
  "stop:Deleted",
  "stop:NotDesired",
  "stop:RevisionChanged",
  "stop:ScaledDown",
  "stop:Unhealthy",
  "uninstall",
];

/** One instance of a package that is in place, and nothing in its way. */
const RUNNING: Snapshot = {
  key: toKey("default", "p0"),
  nowMs: SNAPSHOT_NOW_MS,
  desired: {
    uid: "uid-1",
    generation: 1,
    isDeleting: false,
    hasFinalizer: true,
    spec: pluginSpec({ source: { path: "/packages/0" } }),
    package: {
      state: "resolved",
      name: "k0",
      version: "1.0.0",
      digest: "d1",
      type: "service",
      revision: "r1",
      configDigest: "c1",
      objections: [],
    },
    sourceProblem: undefined,
    ownershipConflict: undefined,
    dependencyCycle: [],
  },
  observed: { state: "unknown", message: "" },
  dependencies: [],
  stoppingDependents: [],
  memory: freshMemory("uid-1", SNAPSHOT_NOW_MS),
};

function observing(instance: ObservedInstance): Pick<Snapshot, "observed"> {
  const installed = { name: "k0", version: "1.0.0", digest: "d1" };
  return {
    observed: {
      state: "known",
      installed,
      isEnabled: true,
      configDigest: "c1",
      instances: [instance],
    },
  };
}

function exitedInstance(id: string, readyAtMs: number, exitedAtMs: number): ObservedInstance {
  return {
    id,
    ordinal: 0,
    revision: "r1",
    state: "exited",
    pid: 7,
    address: "",
    startedAtMs: readyAtMs,
    readyAtMs,
    exitedAtMs,
    exit: { code: 1, signal: undefined },
    reason: "Exited",
    message: "",
  };
}

function statusOf({ conditions }: Decision, type: string): string | undefined {
  return conditions.find((condition) => condition.type === type)?.status;
}

function isLiving({ state }: ObservedInstance): boolean {
  return state !== "exited";
}

function hasTwins({ observed }: Snapshot): boolean {
  const living = observed.state === "known" ? observed.instances.filter(isLiving) : [];
  return new Set(living.map(({ ordinal }) => ordinal)).size < living.length;
}

function ofType<Type extends ActionType>(
  decision: Decision,
  type: Type,
): Extract<Action, { type: Type }>[] {
  return decision.actions.filter(
    (action): action is Extract<Action, { type: Type }> => action.type === type,
  );
}
