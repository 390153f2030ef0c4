import semver from "semver";
import { conditionOf } from "../api/conditions.ts";
import { type ObjectKey, splitKey, toKey } from "../api/key.ts";
import type { PackageManifest, PackageType } from "../api/package-manifest.ts";
import { type Plugin, desiredStateOf } from "../api/plugin.ts";
import { cyclesOf } from "../plan/dependency-graph.ts";
import type { DependencyFact, Observed } from "../plan/snapshot.ts";
import { livingOf } from "./observed-cache.ts";
import type { PluginStore } from "./ports.ts";

/** One entry of a package's `dependencies.plugins`. */
interface PackageNeed {
  readonly name: string;
  readonly range: string;
}

interface KnownPackage {
  readonly name: string;
  readonly type: PackageType;
  readonly needs: readonly PackageNeed[];
}

export interface DependencySources {
  readonly store: Pick<PluginStore, "get" | "list">;
  readonly observe: (key: ObjectKey) => Observed;
}

/**
 * Answers what a Plugin waits for and who waits for it. Edges are `spec.dependsOn` (by name) and
 * the package's `dependencies.plugins` (by package, any Plugin of the namespace that runs one).
 * Everything is read from store and observations at the time of the question; only what packages
 * say of themselves is remembered.
 */
export class Dependencies {
  readonly #sources: DependencySources;
  readonly #packages = new Map<ObjectKey, KnownPackage>();

  constructor(sources: DependencySources) {
    this.#sources = sources;
  }

  /** Remembers what the plugin's package says of itself. */
  learn(key: ObjectKey, manifest: PackageManifest): void {
    const needs = (manifest.dependencies?.plugins ?? []).flatMap((entry) =>
      Object.entries(entry as Record<string, string>).map(([name, range]) => ({ name, range })),
    );
    this.#packages.set(key, { name: manifest.name, type: manifest.type, needs });
  }

  /** Plugins of the namespace whose packages have not been heard of. */
  unknownIn(namespace: string): Plugin[] {
    return this.#inNamespace(namespace).filter((plugin) => !this.#packages.has(keyOf(plugin)));
  }

  forget(key: ObjectKey): void {
    this.#packages.delete(key);
  }

  factsOf(plugin: Plugin): DependencyFact[] {
    const { namespace } = splitKey(keyOf(plugin));
    const named = (plugin.spec.dependsOn ?? []).map(({ name, condition }) =>
      this.#namedFact(toKey(namespace, name), condition),
    );
    const needs = this.#packages.get(keyOf(plugin))?.needs ?? [];
    return [...named, ...needs.map((need) => this.#packageFact(plugin, need))];
  }

  /** Names of the plugins that form a cycle with this one, itself included; empty for none. */
  cycleOf(plugin: Plugin): readonly string[] {
    const { namespace, name } = splitKey(keyOf(plugin));
    const edges = new Map<string, readonly string[]>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (edges.has(next)) continue;
      const dependency = this.#sources.store.get(toKey(namespace, next));
      const targets = dependency === undefined ? [] : this.dependenciesOf(dependency);
      edges.set(next, targets);
      open.push(...targets);
    }
    return edges.get(name)?.length === 0 ? [] : (cyclesOf(edges).get(name) ?? []);
  }

  /** Names of the plugins that this one depends on. */
  dependenciesOf(plugin: Plugin): readonly string[] {
    const named = (plugin.spec.dependsOn ?? []).map(({ name }) => name);
    const needs = this.#packages.get(keyOf(plugin))?.needs ?? [];
    // With several providers any of them will do, so none is an edge by itself.
    const provided = needs.flatMap((need) => {
      const providers = this.#providersOf(plugin, need.name);
      return providers.length === 1 ? providers.map((provider) => provider.metadata.name) : [];
    });
    return [...new Set([...named, ...provided])];
  }

  /**
   * Who must look again after something about `keys` has changed: those that depend on them, and
   * (for the order of stops) those that they depend on.
   *
   * @param isTransitive - Dependents of dependents too: cycles may have come or gone.
   */
  neighboursOf(keys: Iterable<ObjectKey>, isTransitive: boolean): Set<ObjectKey> {
    const dependents = this.#dependentsByKey();
    const affected = new Set<ObjectKey>();
    const open = [...keys];
    for (const key of open) {
      const plugin = this.#sources.store.get(key);
      const { namespace } = splitKey(key);
      const names = plugin === undefined ? [] : this.dependenciesOf(plugin);
      for (const name of names) affected.add(toKey(namespace, name));
      for (const dependent of dependents(key)) {
        if (isTransitive && !affected.has(dependent)) open.push(dependent);
        affected.add(dependent);
      }
    }
    return affected;
  }

  /** One pass over all plugins, so that many keys can be asked about. */
  #dependentsByKey(): (key: ObjectKey) => readonly ObjectKey[] {
    const dependents = new Map<string, ObjectKey[]>();
    const add = (id: string, dependent: ObjectKey): void => {
      const known = dependents.get(id);
      if (known === undefined) dependents.set(id, [dependent]);
      else known.push(dependent);
    };
    for (const plugin of this.#sources.store.list()) {
      const key = keyOf(plugin);
      const { namespace } = splitKey(key);
      for (const { name } of plugin.spec.dependsOn ?? []) add(`plugin ${namespace}/${name}`, key);
      for (const { name } of this.#packages.get(key)?.needs ?? [])
        add(`package ${namespace}/${name}`, key);
    }
    return (key) => {
      const packageId = `package ${splitKey(key).namespace}/${this.#packageNameOf(key) ?? ""}`;
      return [...(dependents.get(`plugin ${key}`) ?? []), ...(dependents.get(packageId) ?? [])];
    };
  }

  /**
   * Names of the dependents that are on their way down and still have processes. By the very edges
   * that {@link cycleOf} follows, so that no circle of waits goes unseen.
   */
  stoppingDependentsOf(key: ObjectKey): string[] {
    const { namespace, name } = splitKey(key);
    return this.#inNamespace(namespace)
      .filter((plugin) => keyOf(plugin) !== key && this.#isGoingDown(plugin))
      .filter((plugin) => livingOf(this.#sources.observe(keyOf(plugin))).length > 0)
      .filter((plugin) => this.dependenciesOf(plugin).includes(name))
      .map((plugin) => plugin.metadata.name);
  }

  #isGoingDown(plugin: Plugin): boolean {
    if (plugin.metadata.deletionTimestamp !== undefined) return true;
    if (plugin.spec.suspend) return false;
    return desiredStateOf(plugin.spec, this.#packages.get(keyOf(plugin))?.type) !== "Running";
  }

  #namedFact(key: ObjectKey, condition: "Ready" | "Started"): DependencyFact {
    const { name } = splitKey(key);
    const object = `plugin/${name}`;
    const plugin = this.#sources.store.get(key);
    if (plugin === undefined) {
      const message = `Plugin "${name}" does not exist; create it, or take it out of spec.dependsOn`;
      return { object, isSatisfied: false, reason: "DependencyMissing", message };
    }
    const isSatisfied = condition === "Ready" ? this.#isReady(plugin) : this.#isStarted(plugin);
    if (isSatisfied) return satisfied(object);
    const message = `waits until Plugin "${name}" is ${condition}${whyNotReady(plugin)}`;
    return { object, isSatisfied: false, reason: "DependencyNotReady", message };
  }

  #packageFact(plugin: Plugin, { name, range }: PackageNeed): DependencyFact {
    const object = `package/${name}`;
    const unmet = (reason: string, message: string): DependencyFact => ({
      object,
      isSatisfied: false,
      reason,
      message,
    });
    const providers = this.#providersOf(plugin, name);
    if (providers.length === 0) {
      return unmet(
        "DependencyMissing",
        `no Plugin of this namespace runs package "${name}" (${range}); add one`,
      );
    }
    const matching = providers.filter((provider) =>
      semver.satisfies(this.#installedOf(provider)?.version ?? "", range),
    );
    if (matching.some((provider) => this.#isReady(provider))) return satisfied(object);
    const names = providers.map(({ metadata }) => metadata.name).join(", ");
    const isInstalled = providers.some((provider) => this.#installedOf(provider) !== undefined);
    if (matching.length === 0 && isInstalled) {
      const versions = providers.map((provider) => this.#installedOf(provider)?.version ?? "none");
      return unmet(
        "DependencyVersionMismatch",
        `needs package "${name}" ${range}, but ${names} has ${versions.join(", ")}`,
      );
    }
    return unmet("DependencyNotReady", `waits until package "${name}" is Ready in ${names}`);
  }

  /** Other plugins of the namespace whose package has that name. */
  #providersOf(plugin: Plugin, packageName: string): Plugin[] {
    const key = keyOf(plugin);
    return this.#inNamespace(splitKey(key).namespace).filter(
      (other) => keyOf(other) !== key && this.#packageNameOf(keyOf(other)) === packageName,
    );
  }

  #packageNameOf(key: ObjectKey): string | undefined {
    const observed = this.#sources.observe(key);
    const installed = observed.state === "known" ? observed.installed : undefined;
    return this.#packages.get(key)?.name ?? installed?.name;
  }

  #installedOf(plugin: Plugin): { readonly version: string } | undefined {
    const observed = this.#sources.observe(keyOf(plugin));
    return observed.state === "known" ? observed.installed : plugin.status?.installed;
  }

  /**
   * Ready by its status at its present generation, and still so by what is observed: the status
   * may be from before the host went down.
   */
  #isReady(plugin: Plugin): boolean {
    const ready = conditionOf(plugin.status?.conditions, "Ready");
    const { deletionTimestamp, generation } = plugin.metadata;
    if (deletionTimestamp !== undefined || ready?.status !== "True") return false;
    if (ready.observedGeneration !== generation) return false;
    const observed = this.#sources.observe(keyOf(plugin));
    if (observed.state === "unknown") return false;
    return (
      (plugin.status?.readyReplicas ?? 0) === 0 ||
      observed.instances.some(({ state }) => state === "ready")
    );
  }

  #isStarted(plugin: Plugin): boolean {
    return livingOf(this.#sources.observe(keyOf(plugin))).some(
      ({ state }) => state !== "queued" && state !== "stopping",
    );
  }

  #inNamespace(namespace: string): Plugin[] {
    return this.#sources.store
      .list()
      .filter(({ metadata }) => (metadata.namespace ?? "default") === namespace);
  }
}

export function keyOf({ metadata }: Plugin): ObjectKey {
  return toKey(metadata.namespace ?? "default", metadata.name);
}

function satisfied(object: string): DependencyFact {
  return { object, isSatisfied: true, reason: "", message: "" };
}

/** The dependency's own root cause, so that a chain of waits can be followed to its end. */
function whyNotReady({ status }: Plugin): string {
  const [blocker] = status?.blockers ?? [];
  return blocker === undefined ? "" : `, which says ${blocker.reason}`;
}
