import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import { freshMemory } from "../../../src/plan/memory.ts";
import { plan } from "../../../src/plan/plan.ts";
import type { ObservedInstance, Snapshot } from "../../../src/plan/snapshot.ts";
import { pluginSpec } from "../../helpers/arbitraries.ts";
import { SNAPSHOT_NOW_MS } from "../../helpers/snapshots.ts";

describe("an instance that is condemned", () => {
  const instances = [instance("a", 0), instance("b", 1)];

  test("is stopped alone, and its end is no failure", () => {
    const { actions, memory } = plan(snapshot(["b"], instances));
    expect(actions).toEqual([
      { type: "stop", reason: "Restarted", ordinal: 1, instanceId: "b", gracePeriodSeconds: 10 },
    ]);
    const ended = { ...instance("b", 1), state: "exited" as const, exitedAtMs: SNAPSHOT_NOW_MS };
    const next = plan({ ...snapshot(["b"], [instance("a", 0), ended]), memory });
    expect(next.memory.restarts).toBe(0);
    expect(next.actions.map(({ type }) => type)).toEqual(["forget", "start"]);
  });

  test("is stopped once, and the one that follows is let be", () => {
    const stopping = { ...instance("b", 1), state: "stopping" as const };
    expect(plan(snapshot(["b"], [instance("a", 0), stopping])).actions).toEqual([]);
    expect(plan(snapshot(["b"], [instance("a", 0), instance("c", 1)])).actions).toEqual([]);
  });
});

test("restarts are counted for each ordinal", () => {
  const ended = {
    ...instance("b", 1),
    state: "exited" as const,
    exitedAtMs: SNAPSHOT_NOW_MS,
    exit: { code: 7, signal: undefined },
  };
  const { memory } = plan(snapshot([], [instance("a", 0), ended]));
  expect(memory.slots["1"]?.restarts).toBe(1);
  expect(memory.slots["0"]?.restarts).toBeUndefined();
  const changed = snapshot([], [instance("a", 0)]);
  const again = plan({
    ...changed,
    desired: changed.desired && { ...changed.desired, generation: 2 },
    memory,
  });
  expect(again.memory.slots["1"]).toMatchObject({ failures: 0, restarts: 1 });
});

function snapshot(condemned: readonly string[], instances: readonly ObservedInstance[]): Snapshot {
  const installed = { name: "k0", version: "1.0.0", digest: "d1" };
  return {
    key: toKey("default", "p0"),
    nowMs: SNAPSHOT_NOW_MS,
    desired: {
      uid: "uid-1",
      generation: 1,
      isDeleting: false,
      hasFinalizer: true,
      spec: pluginSpec({ source: { path: "/packages/0" }, replicas: 2 }),
      package: {
        state: "resolved",
        ...installed,
        type: "service",
        revision: "r1",
        configDigest: "c1",
        objections: [],
      },
      sourceProblem: undefined,
      ownershipConflict: undefined,
      dependencyCycle: [],
      condemned,
    },
    observed: { state: "known", installed, isEnabled: true, configDigest: "c1", instances },
    dependencies: [],
    stoppingDependents: [],
    memory: freshMemory("uid-1", SNAPSHOT_NOW_MS),
  };
}

function instance(id: string, ordinal: number): ObservedInstance {
  return {
    id,
    ordinal,
    revision: "r1",
    state: "ready",
    pid: 7,
    address: "unix:/x",
    startedAtMs: SNAPSHOT_NOW_MS - 1000,
    readyAtMs: SNAPSHOT_NOW_MS - 500,
    exitedAtMs: undefined,
    exit: undefined,
    reason: "",
    message: "",
  };
}
