import { applyDefaults } from "../../src/api/defaults.ts";
import { toKey } from "../../src/api/key.ts";
import { pluginSpecSchema } from "../../src/api/plugin-schema.ts";
import type { PluginSpec } from "../../src/api/plugin.ts";
import { freshMemory } from "../../src/plan/memory.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Snapshot } from "../../src/plan/snapshot.ts";
import { type Figure, median } from "./figures.ts";

const RUNS = 7;

/** plan() over objects that are all as they should be: what each resync costs. */
export function planFigures(): Figure[] {
  return [1_000, 10_000].map((count) => {
    const snapshots = Array.from({ length: count }, (_, index) => settled(index));
    const times = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      const actions = snapshots.reduce((sum, snapshot) => sum + plan(snapshot).actions.length, 0);
      if (actions !== 0)
        throw new Error("a settled object has something to do: the bench is wrong");
      return performance.now() - start;
    });
    const figure = { name: `plan of ${count} unchanged objects`, unit: "ms", value: median(times) };
    return count === 10_000 ? { ...figure, target: { kind: "value", max: 150 } as const } : figure;
  });
}

function settled(index: number): Snapshot {
  const spec = applyDefaults(pluginSpecSchema, { source: { path: "/x" } }) as PluginSpec;
  const identity = { name: "p", version: "1.0.0", digest: "sha256:d" };
  const memory = { ...freshMemory("u", 0), generation: 1, revision: "r", lastAppliedRevision: "r" };
  return {
    key: toKey("default", `p-${index}`),
    nowMs: 100_000,
    desired: {
      uid: "u",
      generation: 1,
      isDeleting: false,
      hasFinalizer: true,
      spec,
      package: {
        state: "resolved",
        ...identity,
        type: "service",
        revision: "r",
        configDigest: "c",
        objections: [],
      },
      sourceProblem: undefined,
      ownershipConflict: undefined,
      dependencyCycle: [],
    },
    observed: {
      state: "known",
      installed: identity,
      isEnabled: true,
      configDigest: "c",
      instances: [
        {
          id: "00000001",
          ordinal: 0,
          revision: "r",
          state: "ready",
          pid: 1,
          address: "unix:/x",
          startedAtMs: 1,
          readyAtMs: 2,
          exitedAtMs: undefined,
          exit: undefined,
          reason: "",
          message: "",
        },
      ],
    },
    dependencies: [],
    stoppingDependents: [],
    memory: { ...memory, lastGoodRevision: "r", wasEnabled: true, wasStarted: true },
  };
}
