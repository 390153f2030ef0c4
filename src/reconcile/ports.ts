import type { ObjectKey } from "../api/key.ts";
import type { PackageManifest } from "../api/package-manifest.ts";
import type { Plugin, PluginStatus, Probes } from "../api/plugin.ts";
import type { StoredObject } from "../api/meta.ts";
import type { Memory } from "../plan/memory.ts";
import type { Observed } from "../plan/snapshot.ts";

/** What the reconciler needs of the gateway. Every method is idempotent and rejects with a PortunixError. */
export interface PluginHost {
  resolve(sourcePath: string, signal: AbortSignal): Promise<ResolvedSource>;
  install(request: InstallRequest, signal: AbortSignal): Promise<HostState>;
  uninstall(key: ObjectKey, signal: AbortSignal): Promise<HostState>;
  enable(key: ObjectKey, signal: AbortSignal): Promise<HostState>;
  disable(key: ObjectKey, signal: AbortSignal): Promise<HostState>;
  configure(
    key: ObjectKey,
    config: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<HostState>;
  start(request: StartRequest, signal: AbortSignal): Promise<HostState>;
  /** On an instance that has ended: forgets it. */
  stop(request: StopRequest, signal: AbortSignal): Promise<HostState>;
  list(signal: AbortSignal): Promise<readonly HostState[]>;
  /** The state of every plugin, then `onSynced`, then every change. Ends, or rejects, when the stream does. */
  watch(handlers: HostWatchHandlers, signal: AbortSignal): Promise<void>;
}

export interface HostWatchHandlers {
  onState(state: HostState): void;
  onSynced(): void;
}

export interface HostState {
  readonly key: ObjectKey;
  /** A state with a lower number is older. */
  readonly sequence: number;
  readonly observed: Extract<Observed, { state: "known" }>;
}

export interface ResolvedSource {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly manifest: PackageManifest;
}

export interface InstallRequest {
  readonly key: ObjectKey;
  readonly sourcePath: string;
  /** Semver range; undefined for any. */
  readonly version: string | undefined;
  readonly digest: string;
}

export interface StartRequest {
  readonly key: ObjectKey;
  readonly ordinal: number;
  readonly revision: string;
  readonly probes: Probes;
  readonly gracePeriodSeconds: number;
}

export interface StopRequest {
  readonly key: ObjectKey;
  readonly instanceId: string;
  readonly gracePeriodSeconds: number;
  readonly reason: string;
}

/** What the reconciler needs of the store. Reads are of the present, from memory. */
export interface PluginStore {
  get(key: ObjectKey): Plugin | undefined;
  /** All Plugins, any namespace. */
  list(): readonly Plugin[];
  /** Any other object that a Plugin refers to, such as a Secret. */
  getObject(
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
  ): StoredObject | undefined;
  getMemory(key: ObjectKey): Memory | undefined;
  /** Status and memory in one transaction; a status equal to the stored one is not written. No-op when the object is gone. */
  saveDecision(key: ObjectKey, uid: string, status: PluginStatus, memory: Memory): void;
  forgetMemory(key: ObjectKey): void;
  /** Takes our finalizer off; the object goes when it was the last one. */
  removeFinalizer(key: ObjectKey, uid: string): void;
  /** Why the source's newest text of this object is not in force; undefined when it is. */
  sourceProblem(key: ObjectKey): string | undefined;
  ownershipConflict(key: ObjectKey): string | undefined;
  /** Counts it up when the same event is there already. */
  recordEvent(event: PluginEvent): void;
}

export interface PluginEvent {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly type: "Normal" | "Warning";
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Tells the controller where to look. What is true there is read afresh, so a lost call costs delay, never truth. */
export interface PluginChanges {
  /** Calls `listener` after each change of a Plugin. @returns Ends the watch. */
  watchPlugins(listener: (change: PluginChange) => void): () => void;
  /** Calls `listener` after each change of a Secret or a ConfigMap. @returns Ends the watch. */
  watchConfigObjects(listener: (object: ConfigObjectRef) => void): () => void;
}

export interface PluginChange {
  readonly key: ObjectKey;
  /** Nothing but `status` has changed: an echo of the controller's own write. */
  readonly isStatusOnly: boolean;
}

/** An object that configuration values come from. */
export interface ConfigObjectRef {
  readonly kind: "Secret" | "ConfigMap";
  readonly namespace: string;
  readonly name: string;
}
