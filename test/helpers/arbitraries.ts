import * as fc from "fast-check";
import { pluginSpecSchema } from "../../src/api/plugin-schema.ts";
import type { PluginSpec } from "../../src/api/plugin.ts";
import { applyDefaults } from "../../src/api/defaults.ts";
import { type Behaviour, HEALTHY, type SimPackage, simPackage } from "./sim-package.ts";
import {
  FAULTS_END_MS,
  type Faults,
  NO_FAULTS,
  type Operation,
  SECRET_NAME,
  type Scenario,
  packagePath,
} from "./sim-scenario.ts";

/** How wild a scenario may be. */
export interface ScenarioShape {
  /** The highest probabilities; left out: nothing fails. */
  readonly faults?: Partial<Faults>;
  /** Most kills of the controller. */
  readonly maxCrashes?: number;
  readonly maxOperations?: number;
  readonly maxPlugins?: number;
  /** Whether processes may misbehave. */
  readonly isRough?: boolean;
  readonly hasClockJumps?: boolean;
  /** Whether nearly every plugin depends on another. */
  readonly isConnected?: boolean;
}

const MAX_PLUGINS = 4;
const PACKAGES = 3;

/** `spec` as the store holds it: whatever is left out takes its default. */
export function pluginSpec(input: Partial<PluginSpec> & Pick<PluginSpec, "source">): PluginSpec {
  return applyDefaults(pluginSpecSchema, input) as PluginSpec;
}

export function scenarios(shape: ScenarioShape = {}): fc.Arbitrary<Scenario> {
  const { maxCrashes = 0, maxOperations = 5, maxPlugins = MAX_PLUGINS, isRough = true } = shape;
  const roughly = isRough ? behaviours() : fc.constant(HEALTHY);
  return fc.record({
    seed: fc.integer(),
    packages: fc.tuple(packages(0), packages(1), packages(2)),
    plugins: fc
      .integer({ min: 1, max: maxPlugins })
      .chain((count) =>
        fc.tuple(...Array.from({ length: count }, (_, index) => pluginSpecs(index, shape))),
      ),
    operations: fc.array(timed(operations(shape)), { maxLength: maxOperations }),
    behaviours: fc.array(fc.array(roughly, { maxLength: 4 }), { maxLength: maxPlugins }),
    faults: fc.constant({ ...NO_FAULTS, ...shape.faults }),
    crashAfterEffects: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: maxCrashes }),
  });
}

function timed(operation: fc.Arbitrary<Operation>): fc.Arbitrary<Operation & { atMs: number }> {
  return fc
    .tuple(operation, fc.integer({ min: 0, max: FAULTS_END_MS - 5_000 }))
    .map(([each, atMs]) => ({ ...each, atMs }));
}

function operations(shape: ScenarioShape): fc.Arbitrary<Operation> {
  const plugin = fc.nat({ max: MAX_PLUGINS - 1 });
  const label = fc.constantFrom("a", "b");
  const apply = plugin.chain((index) =>
    fc.record({
      type: fc.constant("apply" as const),
      plugin: fc.constant(index),
      spec: pluginSpecs(index, shape),
      label,
    }),
  );
  const one = fc.record({
    type: fc.constantFrom(
      "delete" as const,
      "kill" as const,
      "kill" as const,
      "tamper" as const,
      "vanish" as const,
    ),
    plugin,
  });
  const publish = fc.nat({ max: PACKAGES - 1 }).chain((index) =>
    fc.record({
      type: fc.constant("publish" as const),
      package: fc.constant(index),
      version: packages(index, true),
    }),
  );
  const setSecret = fc.record({
    type: fc.constant("setSecret" as const),
    value: fc.option(fc.constantFrom("second", "third"), { nil: undefined }),
  });
  const jumpClock = fc.record({
    type: fc.constant("jumpClock" as const),
    deltaMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
  });
  return fc.oneof(
    { weight: 4, arbitrary: apply },
    { weight: 4, arbitrary: one },
    { weight: 1, arbitrary: fc.constant({ type: "deleteAll" as const }) },
    { weight: 1, arbitrary: fc.constant({ type: "reboot" as const }) },
    { weight: 1, arbitrary: publish },
    { weight: 1, arbitrary: setSecret },
    ...(shape.hasClockJumps === true ? [{ weight: 3, arbitrary: jumpClock }] : []),
  );
}

/** @param canBreak - Also versions that cannot be read, or are out of the range that specs ask for. */
function packages(index: number, canBreak = false): fc.Arbitrary<SimPackage> {
  return fc
    .record({
      minor: fc.integer({ min: 0, max: 2 }),
      type: fc.constantFrom(
        "service" as const,
        "service" as const,
        "service" as const,
        "tool" as const,
      ),
      hasNeed: fc.nat({ max: 3 }),
      asksMuch: fc.nat({ max: 4 }),
      trouble: canBreak ? fc.constantFrom("", "", "unreadable", "major") : fc.constant(""),
    })
    .map(({ minor, type, hasNeed, asksMuch, trouble }) => {
      const made = simPackage(`k${index}`, trouble === "major" ? "2.0.0" : `1.${minor}.0`, {
        type,
        ...(index > 0 && hasNeed === 0 ? { dependencies: { plugins: [{ k0: "^1.0.0" }] } } : {}),
        ...(asksMuch === 0 ? { permissions: { system: { execute: ["git"] } } } : {}),
      });
      return { ...made, isReadable: trouble !== "unreadable" };
    });
}

/** Mostly depends on plugins of lower index, so that cycles are there but rare. */
function pluginSpecs(
  index: number,
  { isConnected = false }: ScenarioShape,
): fc.Arbitrary<PluginSpec> {
  const dependency = fc.record({
    name: fc
      .tuple(fc.nat({ max: MAX_PLUGINS - 1 }), fc.nat({ max: 9 }))
      .map(([any, luck]) => `p${luck === 0 || index === 0 ? any : any % index}`),
    condition: fc.constantFrom("Ready" as const, "Ready" as const, "Started" as const),
  });
  return fc
    .record({
      package: fc.nat({ max: PACKAGES - 1 }),
      desiredState: fc.constantFrom(
        undefined,
        undefined,
        "Running",
        "Running",
        "Enabled",
        "Installed",
        "Stopped",
      ),
      replicas: fc.constantFrom(1, 1, 1, 2, 3, 0),
      level: fc.constantFrom<unknown>(undefined, undefined, 2, 2, 3, 3, 4, 4, 5, "high"),
      dependsOn: fc.array(dependency, {
        minLength: isConnected && index > 0 ? 1 : 0,
        maxLength: index === 0 ? 1 : 2,
      }),
      usesSecret: fc.nat({ max: 3 }),
      mayExecute: fc.boolean(),
      policy: fc.constantFrom("Always", "Always", "Always", "OnFailure", "Never"),
      suspend: fc.nat({ max: 9 }).map((luck) => luck === 0),
      deadline: fc.constantFrom(2, 120),
    })
    .map((given) => {
      const isLonely = index === 0 && given.dependsOn[0]?.name !== "p1";
      return pluginSpec({
        source: { path: packagePath(given.package) },
        version: "^1.0.0",
        ...(given.desiredState === undefined ? {} : { desiredState: given.desiredState }),
        replicas: given.replicas,
        ...(given.level === undefined ? {} : { config: { level: given.level } }),
        ...(given.usesSecret > 0
          ? {}
          : { configFrom: [{ secretRef: { name: SECRET_NAME, key: "token", as: "token" } }] }),
        ...(given.mayExecute ? { permissions: { system: { execute: ["git"] } } } : {}),
        ...(isLonely ? {} : { dependsOn: given.dependsOn }),
        restart: { policy: given.policy } as PluginSpec["restart"],
        update: { progressDeadlineSeconds: given.deadline } as PluginSpec["update"],
        suspend: given.suspend,
      });
    });
}

/** How a process may misbehave. */
export function behaviours(): fc.Arbitrary<Behaviour> {
  const sometimes = (max: number) =>
    fc.option(fc.integer({ min: 0, max }), { nil: undefined, freq: 2 });
  return fc.record({
    launchAfterMs: fc.integer({ min: 0, max: 200 }),
    readyAfterMs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined, freq: 5 }),
    flapsAfterMs: sometimes(20_000),
    exitsAfterMs: sometimes(30_000),
    exitCode: fc.constantFrom(0, 1),
    hangsAfterMs: sometimes(30_000),
    stopTakesMs: fc.constantFrom(0, 20, 3_000, 60_000),
  });
}
