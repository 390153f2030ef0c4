import type { ObjectKey } from "../api/key.ts";
import type { PackageIdentity } from "../api/package-manifest.ts";
import type { Probes } from "../api/plugin.ts";
import type { Instance, LaunchRequest } from "../runtime/instance.ts";

/** What the Plugin Manager needs of the room that runs processes. */
export interface ProcessSupervisor {
  /** Answers once the intent is durable; the launch goes on. */
  start(request: LaunchRequest): Promise<Instance>;
  /** Begins the stop. On an instance that has ended: forgets it and gives undefined. */
  stop(
    instanceId: string,
    options: { readonly gracePeriodSeconds: number; readonly reason: string },
  ): Promise<Instance | undefined>;
  list(): readonly Instance[];
  /** @returns Ends the subscription. */
  onChange(listener: (instance: Instance) => void): () => void;
  health(instanceId: string, signal: AbortSignal): Promise<ProbeResult>;
}

export interface ProbeResult {
  readonly serving: boolean;
  readonly message: string;
  readonly latencyMs: number;
}

/** What is on disk and running of one plugin. */
export interface PluginState {
  readonly key: ObjectKey;
  /** Rises with every change of any plugin. */
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

/** An {@link Instance} without the key of its plugin. */
export type ObservedInstance = Omit<Instance, "key">;

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

export interface InstanceHealth extends ProbeResult {
  readonly id: string;
}
