import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pluginSpec, scenarios } from "../../helpers/arbitraries.ts";
import { propertyRuns, propertyTimeoutMs } from "../../helpers/property-runs.ts";
import { faultOf, shortcomings } from "../../helpers/sim-checks.ts";
import { HEALTHY, simPackage } from "../../helpers/sim-package.ts";
import { CONVERGED_MS, NOTHING_WRONG, simulate, verdictOf } from "../../helpers/sim-run.ts";
import { NO_FAULTS, type Scenario, packagePath, pluginKey } from "../../helpers/sim-scenario.ts";
import { SimWorld } from "../../helpers/sim-world.ts";

const options = { numRuns: propertyRuns() };
const timeout = propertyTimeoutMs();

describe("the controller in a world of its own", () => {
  test("P1: brings the world to what is wanted, and then does nothing", { timeout }, async () => {
    const shape = { faults: { failAction: 0.15 }, maxOperations: 6 };
    await fc.assert(
      fc.asyncProperty(scenarios(shape), async (scenario) => {
        expect(await verdictOf(scenario)).toEqual(NOTHING_WRONG);
      }),
      options,
    );
  });

  test("P2: applying the same again, and a restart of the daemon, do nothing", {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios({ maxOperations: 3 }), async (scenario) => {
        const { world } = await simulate(scenario);
        const before = world.performed.length;
        for (const [key, { spec, metadata }] of world.store.plugins) {
          world.store.apply(key, structuredClone(spec), metadata.labels);
          world.store.touch(key);
        }
        await world.runUntil(world.clock.monotonicMs() + 5_000);
        world.killController();
        await world.runUntil(world.clock.monotonicMs() + 70_000);
        expect(world.performed.slice(before)).toEqual([]);
      }),
      options,
    );
  });

  test("P3: ends in the same state when it is killed after any effects", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios({ maxCrashes: 15 }), async (scenario) => {
        expect(await verdictOf(scenario)).toEqual(NOTHING_WRONG);
      }),
      options,
    );
  });

  test("P3: ends in the same state when it is killed after each single effect in turn", async () => {
    for (let effect = 1; effect < 1_000; effect += 1) {
      const world = new SimWorld({ ...EVENTFUL, crashAfterEffects: [effect] }, faultOf);
      world.startController();
      await world.runUntil(CONVERGED_MS);
      expect({ effect, faults: world.violations }).toEqual({ effect, faults: [] });
      expect({ effect, faults: shortcomings(world) }).toEqual({ effect, faults: [] });
      expect(world.host.living(pluginKey(0)).length).toBe(2);
      expect(world.host.living(pluginKey(1)).length).toBe(1);
      expect(world.host.plugins.has(pluginKey(2))).toBe(false);
      if (world.crashCount === 0) {
        expect(effect).toBeGreaterThan(30);
        return;
      }
    }
    expect.unreachable("the scenario has no end");
  }, 60_000);
});

/** A start with a dependency, a crash, a change of configuration, a scale-up and a deletion. */
const EVENTFUL: Scenario = {
  seed: 1,
  packages: [simPackage("k0", "1.0.0", {})],
  plugins: [0, 1, 2].map((index) =>
    pluginSpec({
      source: { path: packagePath(0) },
      ...(index === 0 ? {} : { dependsOn: [{ name: `p${index - 1}`, condition: "Ready" }] }),
    }),
  ),
  operations: [
    { type: "kill", plugin: 1, atMs: 5_000 },
    {
      type: "apply",
      plugin: 0,
      label: "a",
      spec: pluginSpec({ source: { path: packagePath(0) }, replicas: 2, config: { level: 3 } }),
      atMs: 10_000,
    },
    { type: "delete", plugin: 2, atMs: 15_000 },
  ],
  behaviours: [[], [HEALTHY], []],
  faults: NO_FAULTS,
  crashAfterEffects: [],
};
