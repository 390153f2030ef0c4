import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conditionOf } from "../../../src/api/conditions.ts";
import type { PluginSpec, PluginStatus } from "../../../src/api/plugin.ts";
import { behaviours, pluginSpec, scenarios } from "../../helpers/arbitraries.ts";
import { propertyRuns, propertyTimeoutMs } from "../../helpers/property-runs.ts";
import { faultOf } from "../../helpers/sim-checks.ts";
import { type SimPackage, simPackage } from "../../helpers/sim-package.ts";
import { NOTHING_WRONG, simulate, verdictOf } from "../../helpers/sim-run.ts";
import { NO_FAULTS, type Scenario, packagePath, pluginKey } from "../../helpers/sim-scenario.ts";
import { type PerformedAction, SimWorld } from "../../helpers/sim-world.ts";

const options = { numRuns: propertyRuns() };
const timeout = propertyTimeoutMs();
const HOUR_MS = 3_600_000;

describe("the controller and the order of things", () => {
  test("P6: starts only what may start, and stops dependents first", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios({ isConnected: true, maxCrashes: 2 }), async (scenario) => {
        expect(await verdictOf(scenario)).toEqual(NOTHING_WRONG);
      }),
      options,
    );
  });

  test("P6: wakes a dependent as soon as its dependency has recovered", async () => {
    const crashing = { exitsAfterMs: 500, readyAfterMs: undefined };
    const world = worldOf({
      plugins: [spec(0), spec(0, { dependsOn: [{ name: "p0", condition: "Ready" }] })],
      behaviours: [[1, 2, 3, 4].map(() => ({ ...TROUBLED, ...crashing }))],
    });
    await world.runUntil(200_000);
    const [, dependent] = [0, 1].map((index) => world.host.living(pluginKey(index))[0]);
    const recoveredAtMs = world.host.living(pluginKey(0))[0]?.bornAtMs ?? Infinity;
    expect(recoveredAtMs).toBeGreaterThan(7_000);
    expect((dependent?.bornAtMs ?? 0) - recoveredAtMs).toBeLessThan(200);
    expect(dependent?.state).toBe("ready");
  });

  test("P6: waits for a dependency that was Ready before a reboot until it is so again", async () => {
    const slow = { ...TROUBLED, readyAfterMs: 5_000, exitsAfterMs: undefined };
    const world = worldOf({
      plugins: [spec(0), spec(0, { dependsOn: [{ name: "p0", condition: "Ready" }] })],
      behaviours: [[slow, slow]],
    });
    await world.runUntil(20_000);
    world.operate({ type: "reboot" });
    await world.runUntil(40_000);
    const [first, second] = [0, 1].map((index) => world.host.living(pluginKey(index))[0]);
    expect(world.violations).toEqual([]);
    expect((second?.bornAtMs ?? 0) - (first?.bornAtMs ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  test("P6: takes everything down though a plugin depends on one of two that could serve it", async () => {
    const needy = simPackage("k1", "1.0.0", { dependencies: { plugins: [{ k0: "^1.0.0" }] } });
    const world = worldOf({
      packages: [simPackage("k0", "1.0.0", {}), needy],
      plugins: [spec(1), spec(0), spec(0, { dependsOn: [{ name: "p0", condition: "Ready" }] })],
    });
    await world.runUntil(5_000);
    expect(livingIds(world).length).toBe(3);
    world.operate({ type: "deleteAll" });
    await world.runUntil(10_000);
    expect([world.store.plugins.size, world.host.plugins.size]).toEqual([0, 0]);
  });

  test("P6: sees a cycle through a package at once after a restart", async () => {
    const needy = simPackage("k1", "1.0.0", { dependencies: { plugins: [{ k0: "^1.0.0" }] } });
    const world = worldOf({
      packages: [
        { ...simPackage("k0", "1.0.0", {}), readTakesMs: 1 },
        { ...needy, readTakesMs: 500 },
      ],
      plugins: [
        spec(0, { dependsOn: [{ name: "p1", condition: "Ready" }] }),
        spec(1, { replicas: 0, suspend: true }),
      ],
    });
    await world.runUntil(5_000);
    world.killController(1_000);
    await world.runUntil(80_000);
    const [blocker] = world.store.get(pluginKey(0))?.status?.blockers ?? [];
    expect(blocker?.reason).toBe("DependencyCycle");
    expect(world.performed.filter(({ type }) => type === "start")).toEqual([]);
  });

  test("stops what is left of an object that went while the daemon was down", async () => {
    const world = worldOf({ plugins: [spec(0)] });
    await world.runUntil(5_000);
    world.killController(1_000);
    world.operate({ type: "vanish", plugin: 0 });
    await world.runUntil(10_000);
    expect([...world.host.plugins.keys()]).toEqual([]);
  });

  test("P11: a new generation waits for nothing that the old one waited for", {
    timeout,
  }, async () => {
    const trouble = fc.record({
      seed: fc.integer(),
      isReadable: fc.boolean(),
      readTakesMs: fc.constantFrom(1, HOUR_MS),
      behaviours: fc.tuple(fc.array(behaviours(), { minLength: 6, maxLength: 6 })),
      changeAtMs: fc.integer({ min: 1, max: 200_000 }),
      failAction: fc.constantFrom(0, 0, 0.9),
    });
    await fc.assert(
      fc.asyncProperty(
        trouble,
        async ({ changeAtMs, isReadable, readTakesMs, failAction, ...rest }) => {
          const bad = { ...simPackage("bad", "1.0.0", {}), isReadable, readTakesMs };
          const world = worldOf({
            ...rest,
            packages: [bad, simPackage("good", "1.0.0", {})],
            plugins: [spec(0, SLOW_TO_RETRY)],
            faults: { ...NO_FAULTS, failAction },
            faultsEndMs: changeAtMs,
          });
          await world.runUntil(changeAtMs);
          world.operate({ type: "apply", plugin: 0, spec: spec(1, SLOW_TO_RETRY), label: "new" });
          // The longest grace period of an instance on its way down, and a little.
          await world.runUntil(changeAtMs + 12_000);
          const plugin = world.store.get(pluginKey(0));
          const ready = conditionOf(plugin?.status?.conditions, "Ready");
          expect(ready).toMatchObject({ status: "True", observedGeneration: 2 });
          expect(world.host.plugins.get(pluginKey(0))?.installed?.name).toBe("good");
        },
      ),
      options,
    );
  });

  test("P12: labels, the order of fields and what does not concern processes restart nothing", {
    timeout,
  }, async () => {
    const change = fc.record({
      hasLabels: fc.boolean(),
      isReversed: fc.boolean(),
      initialDelaySeconds: fc.integer({ min: 1, max: 30 }),
      periodSeconds: fc.integer({ min: 1, max: 30 }),
      gracePeriod: fc.integer({ min: 1, max: 30 }),
    });
    const calm = scenarios({ maxOperations: 2, isRough: false, maxPlugins: 3 });
    await fc.assert(
      fc.asyncProperty(calm, change, async (scenario, changed) => {
        const { world } = await simulate(scenario);
        const before = world.performed.length;
        const living = livingIds(world);
        const ready = readyKeys(world);
        for (const [key, plugin] of world.store.plugins) {
          const { probes, restart } = plugin.spec;
          const next: PluginSpec = {
            ...plugin.spec,
            restart: { ...restart, initialDelaySeconds: changed.initialDelaySeconds },
            probes: {
              ...probes,
              liveness: { ...probes.liveness, periodSeconds: changed.periodSeconds },
            },
            terminationGracePeriodSeconds: changed.gracePeriod,
          };
          const labels = changed.hasLabels ? { new: "label" } : {};
          world.store.apply(key, changed.isReversed ? reversed(next) : next, labels);
        }
        await world.runUntil(world.clock.monotonicMs() + 70_000);
        // What had ended for good, and what waited for it, may start by the user's change; nothing else happens.
        const isFirstStart = ({ key, type }: PerformedAction) =>
          (type === "start" || type === "forget") && !ready.has(key);
        expect(world.performed.slice(before).filter((action) => !isFirstStart(action))).toEqual([]);
        expect(livingIds(world)).toEqual(expect.arrayContaining(living));
      }),
      options,
    );
  });
});

const SLOW_TO_RETRY = {
  restart: {
    policy: "Always",
    initialDelaySeconds: 3_000,
    maxDelaySeconds: 6_000,
  } as PluginSpec["restart"],
};

const TROUBLED = {
  launchAfterMs: 5,
  flapsAfterMs: undefined,
  exitCode: 1,
  hangsAfterMs: undefined,
  stopTakesMs: 20,
};

function readyKeys(world: SimWorld): Set<string> {
  const plugins = [...world.store.plugins];
  const isReady = (status: PluginStatus | undefined) =>
    conditionOf(status?.conditions, "Ready")?.status === "True";
  return new Set(plugins.filter(([, { status }]) => isReady(status)).map(([key]) => key));
}

function livingIds(world: SimWorld): string[] {
  return [...world.host.plugins.keys()].flatMap((key) =>
    world.host.living(key).map(({ id }) => id),
  );
}

function spec(packageIndex: number, more: Partial<PluginSpec> = {}): PluginSpec {
  return pluginSpec({ source: { path: packagePath(packageIndex) }, ...more });
}

function worldOf(scenario: Partial<Scenario> & Pick<Scenario, "plugins">): SimWorld {
  const packages: readonly SimPackage[] = [simPackage("k0", "1.0.0", {})];
  const world = new SimWorld(
    {
      seed: 1,
      packages,
      operations: [],
      behaviours: [],
      faults: NO_FAULTS,
      crashAfterEffects: [],
      ...scenario,
    },
    faultOf,
  );
  world.startController();
  return world;
}

/** The same value, its fields in the opposite order. */
function reversed<T>(value: T): T {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).toReversed();
  return Object.fromEntries(fields.map(([name, field]) => [name, reversed(field)])) as T;
}
