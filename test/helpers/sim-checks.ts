import { type ObjectKey, toKey } from "../../src/api/key.ts";
import { conditionOf } from "../../src/api/conditions.ts";
import { type Plugin, desiredStateOf } from "../../src/api/plugin.ts";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import type { SimPackage } from "./sim-package.ts";
import { SECRET_NAME } from "./sim-scenario.ts";
import type { AskedAction } from "./sim-controller.ts";
import type { SimWorld } from "./sim-world.ts";

/** How late the controller may be about a change of the package, whose facts it keeps for a while, and may fail to read, ms. */
const PACKAGE_LAG_MS = 25_000;
/** How late it may be about anything else while nothing is lost, ms. */
const LAG_MS = 500;
/** Within that time after another stop, a stop is of the same decision, ms. */
const DECISION_MS = 5;

/** Holds an action against the true world at the time the controller asks for it: what is wrong with it, if anything. */
export function faultOf(
  world: SimWorld,
  { type, key, instanceId }: AskedAction,
): string | undefined {
  const plugin = world.store.get(key);
  const instance = instanceId === undefined ? undefined : world.host.find(key, instanceId);
  const isLeaving = plugin === undefined || plugin.metadata.deletionTimestamp !== undefined;
  const bornAtMs = instance?.bornAtMs ?? Infinity;
  const wasRevised =
    (world.revisedAtMs.get(key) ?? 0) + PACKAGE_LAG_MS >=
    Math.min(bornAtMs, world.clock.monotonicMs());
  switch (type) {
    case "start":
      return isLeaving ? "the object is being deleted" : gateFault(world, plugin);
    case "uninstall":
      return isLeaving ? undefined : "the object is not being deleted";
    case "disable":
      return isLeaving || plugin.spec.desiredState === "Installed"
        ? undefined
        : "it should be enabled";
    case "stop:Deleted":
      return isLeaving ? orderFault(world, key) : "the object is not being deleted";
    case "stop:NotDesired":
      return plugin !== undefined && world.isGoingDown(plugin)
        ? orderFault(world, key)
        : lately(world, key);
    case "stop:ScaledDown":
      return instance === undefined || instance.ordinal >= (plugin?.spec.replicas ?? 0)
        ? undefined
        : "it is wanted";
    case "stop:Unhealthy":
      return instance === undefined || ["unhealthy", "stopping", "exited"].includes(instance.state)
        ? undefined
        : `it is ${instance.state}`;
    case "stop:RevisionChanged":
      return instance === undefined || wasRevised
        ? undefined
        : "nothing has changed since it was started";
    case "stop:PermissionDenied":
      return plugin !== undefined && isDenied(world, plugin) ? undefined : lately(world, key);
    case "forget":
      return instance === undefined || instance.state === "exited" ? undefined : "it lives";
    default:
      return undefined;
  }
}

function lately(world: SimWorld, key: ObjectKey): string | undefined {
  const sinceMs = world.clock.monotonicMs() - (world.revisedAtMs.get(key) ?? 0);
  return sinceMs < PACKAGE_LAG_MS ? undefined : "nothing asks for it";
}

function canLag(world: SimWorld): boolean {
  const { loseEvent, delayEvent, replayEvent, breakWatch } = world.scenario.faults;
  return loseEvent + delayEvent + replayEvent + breakWatch > 0;
}

function gateFault(world: SimWorld, plugin: Plugin): string | undefined {
  if (canLag(world)) return undefined;
  for (const { name, condition } of plugin.spec.dependsOn ?? []) {
    const dependency = world.store.get(toKey("default", name));
    if (dependency === undefined) return `${name} does not exist`;
    const key = toKey("default", name);
    const isServing =
      condition === "Ready"
        ? world.wasReadyLately(key, LAG_MS)
        : world.wasLivingLately(key, LAG_MS);
    const isResting = world.isGoingDown(dependency) || dependency.spec.replicas === 0;
    if (!isServing && !(isResting && condition === "Ready")) return `${name} is not ${condition}`;
  }
  return undefined;
}

function orderFault(world: SimWorld, key: ObjectKey): string | undefined {
  if (canLag(world) || isLaterStop(world, key)) return undefined;
  const name = key.slice(key.indexOf("/") + 1);
  for (const [otherKey, other] of world.store.plugins) {
    if (otherKey === key || !(other.spec.dependsOn ?? []).some((each) => each.name === name))
      continue;
    const sinceMs = world.clock.monotonicMs() - (world.goingDownSinceMs.get(otherKey) ?? Infinity);
    if (!(sinceMs > 0) || world.host.living(otherKey).length === 0 || other.spec.suspend) continue;
    if (!reaches(world, name, other.metadata.name))
      return `${otherKey} depends on it and still runs`;
  }
  return undefined;
}

/** A decision is judged by its first stop: what changes after that is for the next one. */
function isLaterStop(world: SimWorld, key: ObjectKey): boolean {
  const nowMs = world.clock.monotonicMs();
  const [, previous] = world.performed.filter((action) => action.key === key).toReversed();
  if (previous === undefined) return false;
  return previous.type.startsWith("stop") && nowMs - previous.atMs < DECISION_MS;
}

/** Whether `from` depends on `to`, directly or not: by name, or by a package that only one plugin runs. */
export function reaches(
  world: SimWorld,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  const plugin = world.store.get(toKey("default", from));
  const targets = plugin === undefined ? [] : targetsOf(world, plugin);
  return targets.some((name) => name === to || reaches(world, name, to, seen));
}

function targetsOf(world: SimWorld, plugin: Plugin): string[] {
  const named = (plugin.spec.dependsOn ?? []).map(({ name }) => name);
  const found = world.host.packages.get(plugin.spec.source.path);
  const provided = (found === undefined ? [] : neededBy(found)).flatMap((packageName) => {
    const providers = providersOf(world, plugin, packageName);
    return providers.length === 1 ? providers.map(({ metadata }) => metadata.name) : [];
  });
  return [...named, ...provided];
}

function providersOf(world: SimWorld, plugin: Plugin, packageName: string): Plugin[] {
  return [...world.store.plugins.values()].filter(
    ({ metadata, spec }) =>
      metadata.name !== plugin.metadata.name &&
      world.host.packages.get(spec.source.path)?.source.name === packageName,
  );
}

export type Expectation = "ready" | "down" | "undetermined";

/** What must become of a plugin once the world is kind, by a model that knows nothing of the planner. */
export function expectationOf(
  world: SimWorld,
  plugin: Plugin,
  seen = new Set<string>(),
): Expectation {
  const { name } = plugin.metadata;
  const { spec } = plugin;
  const found = world.host.packages.get(spec.source.path);
  if (seen.has(name) || reaches(world, name, name) || found === undefined) return "undetermined";
  if (spec.suspend) return "undetermined";
  if (isDenied(world, plugin)) return "down";
  const isValid =
    typeof (spec.config?.["level"] ?? 1) === "number" && found.source.version.startsWith("1.");
  if (!isValid) return "undetermined";
  if (world.isGoingDown(plugin)) return "ready";
  if (spec.restart.policy !== "Always") return "undetermined";
  const waits = (spec.dependsOn ?? []).some(({ name: target, condition }) => {
    const dependency = world.store.get(toKey("default", target));
    if (dependency === undefined) return true;
    if (expectationOf(world, dependency, new Set([...seen, name])) !== "ready") return true;
    return (
      condition === "Started" && (world.isGoingDown(dependency) || dependency.spec.replicas === 0)
    );
  });
  const needs = neededBy(found).some(
    (packageName) =>
      !providersOf(world, plugin, packageName).some(
        (other) => expectationOf(world, other, new Set([...seen, name])) === "ready",
      ),
  );
  return waits || needs ? "undetermined" : "ready";
}

function neededBy({ source }: SimPackage): string[] {
  return (source.manifest.dependencies?.plugins ?? []).flatMap((entry) => Object.keys(entry));
}

export function isDenied(world: SimWorld, { spec }: Plugin): boolean {
  const asked =
    world.host.packages.get(spec.source.path)?.source.manifest.permissions?.system?.execute ?? [];
  return !asked.every((program) => spec.permissions?.system?.execute?.includes(program));
}

/** Every way in which the world is not what its users ask for. */
export function shortcomings(world: SimWorld): string[] {
  const faults: string[] = [];
  for (const plugin of world.store.plugins.values()) {
    const fault = shortcomingOf(world, plugin);
    if (fault !== undefined) faults.push(`${plugin.metadata.name}: ${fault}`);
  }
  for (const key of world.host.plugins.keys()) {
    if (!world.store.plugins.has(key)) faults.push(`${key} is an orphan`);
  }
  for (const key of world.store.memories.keys()) {
    if (!world.store.plugins.has(key)) faults.push(`${key} is gone, but remembered`);
  }
  return faults;
}

function shortcomingOf(world: SimWorld, plugin: Plugin): string | undefined {
  const key = toKey("default", plugin.metadata.name);
  if (plugin.metadata.deletionTimestamp !== undefined) return "is still there";
  const living = world.host.living(key);
  const expectation = expectationOf(world, plugin);
  if (expectation === "undetermined") return undefined;
  if (expectation === "down") return living.length > 0 ? "runs without permission" : undefined;
  const { generation } = plugin.metadata;
  const ready = conditionOf(plugin.status?.conditions, "Ready");
  if (ready?.status !== "True" || plugin.status?.observedGeneration !== generation) {
    return `is not Ready: ${JSON.stringify(ready)} ${JSON.stringify(plugin.status?.blockers)}`;
  }
  return filesFault(world, plugin) ?? instancesFault(world, plugin);
}

function filesFault(world: SimWorld, { metadata, spec }: Plugin): string | undefined {
  const present = world.host.plugins.get(toKey("default", metadata.name));
  const source = world.host.packages.get(spec.source.path)?.source;
  if (present?.installed?.digest !== source?.digest) return "another package is installed";
  const isEnabled = desiredStateOf(spec, source?.manifest.type) !== "Installed";
  return present?.isEnabled === isEnabled ? undefined : "is enabled wrongly";
}

function instancesFault(world: SimWorld, plugin: Plugin): string | undefined {
  const living = world.host.living(toKey("default", plugin.metadata.name));
  const wanted = world.isGoingDown(plugin) ? 0 : plugin.spec.replicas;
  const ordinals = living.map(({ ordinal }) => ordinal).toSorted((a, b) => a - b);
  if (ordinals.join(",") !== Array.from({ length: wanted }, (_, index) => index).join(",")) {
    return `has instances ${ordinals.join(",")} of ${wanted}`;
  }
  const born = bornOf(world, plugin);
  const old = living.find((instance) => instance.born !== born);
  if (old !== undefined) return `instance ${old.id} was started from ${old.born}, not ${born}`;
  return living.find(({ state }) => state !== "ready")?.state;
}

/** What an instance that is started now should be started from. */
function bornOf(world: SimWorld, { spec }: Plugin): string {
  const source = world.host.packages.get(spec.source.path)?.source;
  const secret = world.store.getObject("v1", "Secret", "default", SECRET_NAME) as
    | { data?: Record<string, string> }
    | undefined;
  const token = Buffer.from(secret?.data?.["token"] ?? "", "base64").toString("utf8");
  const config = {
    level: 1,
    ...(spec.configFrom === undefined ? {} : { token }),
    ...spec.config,
  };
  return `${source?.digest} ${canonicalJson(config)}`;
}
