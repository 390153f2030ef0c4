import type { ObjectKey } from "../api/key.ts";
import type { PackageIdentity, PackageManifest } from "../api/package-manifest.ts";
import type { Probes } from "../api/plugin.ts";

/** What the PluginManager service needs of what is behind it. Rejects with a PortunixError. */
export interface ServedManager {
  resolve(sourcePath: string, signal: AbortSignal): Promise<ResolvedSource>;
  install(request: InstallRequest, signal: AbortSignal): Promise<PluginState>;
  uninstall(key: ObjectKey): Promise<PluginState>;
  enable(key: ObjectKey): Promise<PluginState>;
  disable(key: ObjectKey): Promise<PluginState>;
  configure(key: ObjectKey, config: Readonly<Record<string, unknown>>): Promise<PluginState>;
  start(request: StartRequest): Promise<PluginState>;
  stop(request: StopRequest): Promise<PluginState>;
  list(): Promise<readonly PluginState[]>;
  /** The present states, and from then on every change. */
  watch(listener: (state: PluginState) => void): {
    readonly initial: readonly PluginState[];
    readonly close: () => void;
  };
  health(key: ObjectKey, signal: AbortSignal): Promise<readonly InstanceHealth[]>;
}

export interface PluginState {
  readonly key: ObjectKey;
  /** A state with a lower number is older. */
  readonly sequence: number;
  readonly observed: ObservedPlugin;
}

export interface ObservedPlugin {
  readonly state: "known";
  readonly installed: PackageIdentity | undefined;
  readonly isEnabled: boolean;
  /** Empty when nothing is configured. */
  readonly configDigest: string;
  readonly instances: readonly ObservedInstance[];
}

export type InstanceState =
  | "queued"
  | "starting"
  | "ready"
  | "notReady"
  | "unhealthy"
  | "stopping"
  | "exited";

export interface ObservedInstance {
  readonly id: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly state: InstanceState;
  readonly pid: number | undefined;
  readonly address: string;
  /** Unix epoch, milliseconds; undefined while not so. */
  readonly startedAtMs: number | undefined;
  readonly readyAtMs: number | undefined;
  readonly exitedAtMs: number | undefined;
  readonly exit:
    | { readonly code: number | undefined; readonly signal: string | undefined }
    | undefined;
  /** CamelCase, with `unhealthy` and `exited`. */
  readonly reason: string;
  readonly message: string;
}

export interface ResolvedSource {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly manifest: PackageManifest;
}

export interface InstallRequest {
  readonly key: ObjectKey;
  /** Absolute. */
  readonly sourcePath: string;
  /** Semver range; undefined for any. */
  readonly version: string | undefined;
  /** Only this content; undefined for whatever is there. */
  readonly digest: string | undefined;
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

export interface InstanceHealth {
  readonly id: string;
  readonly serving: boolean;
  readonly message: string;
  readonly latencyMs: number;
}
