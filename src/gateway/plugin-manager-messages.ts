/** The messages of plugin_manager.proto as proto-loader gives and takes them: camelCase, unset messages null. */

export interface PluginMessage {
  readonly plugin: string;
}

export interface ResolveRequestMessage {
  readonly sourcePath: string;
}

export interface ResolveResponseMessage {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly manifest: string;
}

export interface InstallRequestMessage extends PluginMessage {
  readonly sourcePath: string;
  readonly version: string;
  readonly digest: string;
}

export interface ConfigureRequestMessage extends PluginMessage {
  readonly config: string;
}

export interface ProbeMessage {
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export interface StartRequestMessage extends PluginMessage {
  readonly ordinal: number;
  readonly revision: string;
  readonly startup: ProbeMessage | null;
  readonly readiness: ProbeMessage | null;
  readonly liveness: ProbeMessage | null;
  readonly terminationGracePeriodSeconds: number;
}

export interface StopRequestMessage extends PluginMessage {
  readonly instanceId: string;
  readonly gracePeriodSeconds: number;
  readonly reason: string;
}

export interface HealthResponseMessage {
  readonly instances: readonly {
    readonly id: string;
    readonly serving: boolean;
    readonly message: string;
    readonly latencyMs: number;
  }[];
}

export interface ListResponseMessage {
  readonly plugins: readonly PluginStateMessage[];
}

export interface WatchEventMessage {
  readonly state: PluginStateMessage | null;
}

export interface InstanceMessage {
  readonly id: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly state: string;
  readonly pid: number;
  readonly address: string;
  readonly startedAtMs: number;
  readonly readyAtMs: number;
  readonly exitedAtMs: number;
  readonly exitCode: number;
  readonly signal: string;
  readonly message: string;
  readonly reason: string;
}

export interface PluginStateMessage extends PluginMessage {
  readonly installed: {
    readonly name: string;
    readonly version: string;
    readonly digest: string;
  } | null;
  readonly enabled: boolean;
  readonly configDigest: string;
  readonly instances: readonly InstanceMessage[];
  readonly sequence: number;
}
