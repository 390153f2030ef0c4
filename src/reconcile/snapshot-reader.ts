import { createHash } from "node:crypto";
import semver from "semver";
import { type ObjectKey, splitKey } from "../api/key.ts";
import { PLUGIN_FINALIZER, RESTARTED_AT_ANNOTATION } from "../api/meta.ts";
import { resolveConfig } from "../api/package-config.ts";
import { type Plugin, type Probes, desiredStateOf } from "../api/plugin.ts";
import { condemnedInstances } from "../api/pod-deletions.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Clock } from "../base/clock.ts";
import { freshMemory } from "../plan/memory.ts";
import type { Desired, Objection, Observed, PackageFact, Snapshot } from "../plan/snapshot.ts";
import { grantText } from "../policy/grant-text.ts";
import { missingPermissions } from "../policy/permissions.ts";
import { type Dependencies, keyOf } from "./dependencies.ts";
import type { PackageCache } from "./package-cache.ts";
import { requestedConfig } from "./plugin-config.ts";
import type { PluginStore, ResolvedSource } from "./ports.ts";

/** What actions need besides themselves; holds secrets, so it is never stored, logged or shown. */
export interface LaunchSpec {
  readonly sourcePath: string;
  /** Semver range; undefined for any. */
  readonly version: string | undefined;
  /** Complete: defaults and secrets filled in. Undefined while it cannot be told. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly probes: Probes;
  readonly gracePeriodSeconds: number;
}

/** All that one reconcile works with, read at one time. */
export interface Reading {
  readonly snapshot: Snapshot;
  /** Undefined when the object is not there. */
  readonly plugin: Plugin | undefined;
  readonly launch: LaunchSpec | undefined;
}

export interface SnapshotReaderOptions {
  readonly store: PluginStore;
  readonly clock: Clock;
  readonly observe: (key: ObjectKey) => Observed;
  readonly packages: PackageCache;
  readonly dependencies: Dependencies;
}

/** Reads everything that a decision about `key` rests on. Rejects only when `signal` is aborted. */
export type SnapshotReader = (key: ObjectKey, signal: AbortSignal) => Promise<Reading>;

export function createSnapshotReader(options: SnapshotReaderOptions): SnapshotReader {
  const survey = createSurvey(options);
  const read: SnapshotReader = async (key, signal) => {
    await survey(splitKey(key).namespace);
    const sourcePath = options.store.get(key)?.spec.source.path;
    const resolution =
      sourcePath === undefined ? undefined : await options.packages.resolve(sourcePath, signal);
    // Read only now, in one go: while the question was under way the object may have changed.
    const plugin = options.store.get(key);
    if (plugin === undefined) return orphan(key, options);
    if (plugin.spec.source.path !== sourcePath || resolution === undefined) {
      return await read(key, signal);
    }
    if (resolution.state === "unresolved")
      return reading(plugin, key, { ...options, fact: resolution });
    options.dependencies.learn(key, resolution.source.manifest);
    return reading(plugin, key, {
      ...options,
      ...examine(plugin, resolution.source, options.store),
    });
  };
  return read;
}

/** How long all plugins of a namespace may be held up by packages that cannot be read in time. */
const SURVEY_TIMEOUT_MS = 2_000;

/**
 * Hears what all packages of a namespace need, once, before the first decision in it: a daemon
 * that has just started would not see a cycle through a plugin that it has not looked at yet.
 */
function createSurvey({ clock, packages, dependencies }: SnapshotReaderOptions) {
  const surveys = new Map<string, Promise<void>>();
  const hear = async (plugin: Plugin, signal: AbortSignal): Promise<void> => {
    const resolution = await packages.resolve(plugin.spec.source.path, signal);
    if (resolution.state === "resolved") {
      dependencies.learn(keyOf(plugin), resolution.source.manifest);
    }
  };
  const survey = async (namespace: string): Promise<void> => {
    const abort = new AbortController();
    const deadline = clock.after(SURVEY_TIMEOUT_MS, () => abort.abort());
    const plugins = dependencies.unknownIn(namespace);
    await Promise.allSettled(plugins.map((plugin) => hear(plugin, abort.signal)));
    deadline.cancel();
  };
  return (namespace: string): Promise<void> => {
    const known = surveys.get(namespace) ?? survey(namespace);
    surveys.set(namespace, known);
    return known;
  };
}

interface Examined {
  readonly fact: PackageFact;
  readonly config?: Readonly<Record<string, unknown>>;
}

function orphan(
  key: ObjectKey,
  { store, clock, observe, dependencies }: SnapshotReaderOptions,
): Reading {
  const nowMs = clock.nowMs();
  const snapshot: Snapshot = {
    key,
    nowMs,
    desired: undefined,
    observed: observe(key),
    dependencies: [],
    stoppingDependents: dependencies.stoppingDependentsOf(key),
    memory: store.getMemory(key) ?? freshMemory("", nowMs),
  };
  return { snapshot, plugin: undefined, launch: undefined };
}

function reading(
  plugin: Plugin,
  key: ObjectKey,
  options: SnapshotReaderOptions & Examined,
): Reading {
  const { store, clock, observe, dependencies, fact, config } = options;
  const nowMs = clock.nowMs();
  const memory = store.getMemory(key);
  const { uid, generation, deletionTimestamp, finalizers, annotations } = plugin.metadata;
  const restartedAt = annotations?.[RESTARTED_AT_ANNOTATION];
  const desired: Desired = {
    uid,
    generation,
    isDeleting: deletionTimestamp !== undefined,
    hasFinalizer: finalizers?.includes(PLUGIN_FINALIZER) === true,
    spec: plugin.spec,
    package: fact,
    sourceProblem: store.sourceProblem(key),
    ownershipConflict: store.ownershipConflict(key),
    dependencyCycle: dependencies.cycleOf(plugin),
    condemned: condemnedInstances(plugin.metadata),
    ...(restartedAt === undefined ? {} : { restartedAt }),
  };
  const snapshot: Snapshot = {
    key,
    nowMs,
    desired,
    observed: observe(key),
    dependencies: dependencies.factsOf(plugin),
    stoppingDependents: isGoingDown(desired) ? dependencies.stoppingDependentsOf(key) : [],
    memory: memory?.uid === uid ? memory : freshMemory(uid, nowMs),
  };
  return { snapshot, plugin, launch: launchOf(plugin, config) };
}

function isGoingDown({ isDeleting, spec, package: fact }: Desired): boolean {
  const packageType = fact.state === "resolved" ? fact.type : undefined;
  return isDeleting || desiredStateOf(spec, packageType) !== "Running";
}

function launchOf({ spec }: Plugin, config: LaunchSpec["config"]): LaunchSpec {
  return {
    sourcePath: spec.source.path,
    version: spec.version,
    config,
    probes: spec.probes,
    gracePeriodSeconds: spec.terminationGracePeriodSeconds,
  };
}

/** Holds the package against what the user wants of it and allows it. */
function examine(plugin: Plugin, source: ResolvedSource, store: PluginStore): Examined {
  const { spec } = plugin;
  const requested = requestedConfig(plugin, source.manifest, store);
  const { config, faults } = resolveConfig(source.manifest, requested.config);
  const configDigest = digestOf(config);
  const permissions = spec.permissions ?? {};
  // What is missing explains the faults, which would only say the same once more.
  const problems =
    requested.missing.length > 0
      ? requested.missing
      : faults.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const objections = [
    ...versionObjections(spec.version, source),
    ...problems.map((message): Objection => ({ code: "ConfigInvalid", message })),
    ...permissionObjections(missingPermissions(source.manifest.permissions ?? {}, permissions)),
  ];
  const { name, version, digest, manifest } = source;
  const restartedAt = plugin.metadata.annotations?.[RESTARTED_AT_ANNOTATION];
  const revision = digestOf({
    package: digest,
    config: configDigest,
    permissions,
    ...(restartedAt === undefined ? {} : { restartedAt }),
  });
  const type = manifest.type;
  return {
    fact: { state: "resolved", name, version, digest, type, revision, configDigest, objections },
    config,
  };
}

function versionObjections(
  range: string | undefined,
  { name, version }: ResolvedSource,
): Objection[] {
  if (range === undefined || semver.satisfies(version, range)) return [];
  const message = `package ${name} is version ${version}, but spec.version asks for ${range}; change one of the two`;
  return [{ code: "VersionMismatch", message }];
}

function permissionObjections(missing: readonly string[]): Objection[] {
  if (missing.length === 0) return [];
  const message = `the package asks for more than spec.permissions grants: ${missing.join(", ")}; to grant it, add under spec: ${grantText(missing)}`;
  return [{ code: "PermissionDenied", message }];
}

function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}
