import * as fc from "fast-check";
import { toKey } from "../../src/api/key.ts";
import { freshMemory } from "../../src/plan/memory.ts";
import type { InstanceState, ObservedInstance, Snapshot } from "../../src/plan/snapshot.ts";
import { pluginSpec } from "./arbitraries.ts";

export const SNAPSHOT_NOW_MS = 1_900_000_000_000;

const REVISIONS = ["r1", "r2"] as const;
const STATES: readonly InstanceState[] = [
  "queued",
  "starting",
  "ready",
  "notReady",
  "unhealthy",
  "stopping",
  "exited",
];

/** Snapshots of any kind, most of which no run would come to. */
export function snapshots(): fc.Arbitrary<Snapshot> {
  return fc
    .record({
      desired: fc.option(desireds(), { freq: 10, nil: undefined }),
      observed: observations(),
      dependencies: fc.array(dependencyFacts(), { maxLength: 2 }),
      stoppingDependents: fc.constantFrom<readonly string[]>([], [], [], ["other"]),
      memory: memories(),
    })
    .map(
      (snapshot): Snapshot => ({
        ...snapshot,
        key: toKey("default", "p0"),
        nowMs: SNAPSHOT_NOW_MS,
      }),
    );
}

function desireds() {
  const spec = fc
    .record({
      desiredState: fc.constantFrom(
        "Running" as const,
        "Running" as const,
        "Enabled" as const,
        "Installed" as const,
      ),
      replicas: fc.integer({ min: 0, max: 3 }),
      suspend: fc.nat({ max: 7 }).map((luck) => luck === 0),
    })
    .map((given) => pluginSpec({ source: { path: "/packages/0" }, ...given }));
  return fc.record({
    uid: fc.constant("uid-1"),
    generation: fc.constantFrom(1, 2),
    isDeleting: fc.nat({ max: 5 }).map((luck) => luck === 0),
    hasFinalizer: fc.constant(true),
    spec,
    package: packageFacts(),
    sourceProblem: fc.constantFrom(undefined, undefined, "a.yaml:1:2 bad"),
    ownershipConflict: fc.constantFrom(undefined, undefined, "also in b"),
    dependencyCycle: fc.constantFrom<readonly string[]>([], [], [], ["p0", "p1"]),
  });
}

function packageFacts() {
  const resolved = fc.record({
    state: fc.constant("resolved" as const),
    name: fc.constant("k0"),
    version: fc.constant("1.0.0"),
    digest: fc.constantFrom("d1", "d1", "d2"),
    type: fc.constant("service" as const),
    revision: fc.constantFrom(...REVISIONS),
    configDigest: fc.constantFrom("c1", "c1", "c2"),
    objections: fc.constantFrom(
      [],
      [],
      [],
      [],
      [{ code: "VersionMismatch" as const, message: "2.0.0" }],
      [{ code: "ConfigInvalid" as const, message: "level" }],
      [{ code: "PermissionDenied" as const, message: "git" }],
    ),
  });
  const unresolved = fc.constant({
    state: "unresolved" as const,
    code: "PackageNotFound" as const,
    message: "none",
  });
  return fc.oneof({ weight: 6, arbitrary: resolved }, { weight: 1, arbitrary: unresolved });
}

function observations() {
  const known = fc.record({
    state: fc.constant("known" as const),
    installed: fc.constantFrom(undefined, { name: "k0", version: "1.0.0", digest: "d1" }),
    isEnabled: fc.boolean(),
    configDigest: fc.constantFrom("", "c1", "c1", "c1"),
    instances: fc.uniqueArray(instances(), { maxLength: 4, selector: ({ id }) => id }),
  });
  return fc.oneof(
    { weight: 9, arbitrary: known },
    { weight: 1, arbitrary: fc.constant({ state: "unknown" as const, message: "no answer" }) },
  );
}

function instances(): fc.Arbitrary<ObservedInstance> {
  return fc
    .record({
      id: fc.constantFrom("a", "b", "c", "d", "e"),
      ordinal: fc.integer({ min: 0, max: 3 }),
      revision: fc.constantFrom(...REVISIONS),
      state: fc.constantFrom(...STATES),
      ageMs: fc.integer({ min: 0, max: 2_000_000 }),
      code: fc.constantFrom(0, 1),
    })
    .map(({ ageMs, code, ...instance }) => ({
      ...instance,
      pid: 7,
      address: "",
      startedAtMs: SNAPSHOT_NOW_MS - ageMs,
      readyAtMs:
        instance.state === "queued" || instance.state === "starting"
          ? undefined
          : SNAPSHOT_NOW_MS - ageMs,
      exitedAtMs: instance.state === "exited" ? SNAPSHOT_NOW_MS - 1 : undefined,
      exit: instance.state === "exited" ? { code, signal: undefined } : undefined,
      reason: instance.state === "exited" ? "Exited" : "",
      message: "",
    }));
}

function dependencyFacts() {
  return fc.constantFrom(
    { object: "plugin/a", isSatisfied: true, reason: "", message: "" },
    { object: "plugin/b", isSatisfied: true, reason: "", message: "" },
    { object: "plugin/c", isSatisfied: false, reason: "DependencyNotReady", message: "waits" },
  );
}

function memories() {
  const slot = fc.record({
    failures: fc.nat({ max: 9 }),
    nextStartAtMs: fc.constantFrom(0, SNAPSHOT_NOW_MS, SNAPSHOT_NOW_MS + 30_000),
    lastExitedId: fc.constantFrom("", "a", "b"),
    lastExit: fc.constant("exited with code 1"),
    lastReason: fc.constant("Exited"),
    isDone: fc.nat({ max: 9 }).map((luck) => luck === 0),
  });
  return fc
    .record({
      generation: fc.constantFrom(1, 2),
      revision: fc.constantFrom(...REVISIONS),
      slots: fc.dictionary(fc.constantFrom("0", "1", "2"), slot, {
        noNullPrototype: true,
        maxKeys: 3,
      }),
      progressAtMs: fc.constantFrom(SNAPSHOT_NOW_MS, SNAPSHOT_NOW_MS - 10_000_000),
      lastAppliedRevision: fc.constantFrom(undefined, ...REVISIONS),
      lastGoodRevision: fc.constantFrom(undefined, ...REVISIONS),
    })
    .map((given) => ({
      ...freshMemory("uid-1", SNAPSHOT_NOW_MS),
      resolvedGeneration: 1,
      ...given,
    }));
}
