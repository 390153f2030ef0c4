import type { ErrorCode } from "../base/errors.ts";
import type { ObjectKey } from "../api/key.ts";
import type { PackageType } from "../api/package-manifest.ts";
import type { PluginSpec } from "../api/plugin.ts";
import type { Memory } from "./memory.ts";

/** Everything that one decision rests on. The planner reads nothing else. */
export interface Snapshot {
  readonly key: ObjectKey;
  /** Unix epoch, milliseconds. The planner has no other clock. */
  readonly nowMs: number;
  /** Undefined when no object of this key exists: whatever is observed of it is an orphan. */
  readonly desired: Desired | undefined;
  readonly observed: Observed;
  readonly dependencies: readonly DependencyFact[];
  /** Plugins that depend on this one, are on their way down too, and still have instances. */
  readonly stoppingDependents: readonly string[];
  readonly memory: Memory;
}

export interface Desired {
  readonly uid: string;
  readonly generation: number;
  /** deletionTimestamp is set. */
  readonly isDeleting: boolean;
  /** Our finalizer is on the object. */
  readonly hasFinalizer: boolean;
  readonly spec: PluginSpec;
  readonly package: PackageFact;
  /** Where the source's newest text of this object is bad, so that an older spec is in force. */
  readonly sourceProblem: string | undefined;
  /** Another source claims the object too. */
  readonly ownershipConflict: string | undefined;
  /** When the user last asked for a restart; it is part of the package's revision. */
  readonly restartedAt?: string;
  /** Ids of instances that are to end, and to be started anew where they are still wanted. */
  readonly condemned?: readonly string[];
  /** Names of the plugins that form a cycle with this one, itself included; empty for none. */
  readonly dependencyCycle: readonly string[];
}

/** What is known of the package that spec.source names. */
export type PackageFact =
  | ResolvedPackage
  | {
      readonly state: "unresolved";
      readonly code: ErrorCode;
      readonly message: string;
    };

export interface ResolvedPackage {
  readonly state: "resolved";
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly type: PackageType;
  /** Digest of package, configuration, secrets, permissions and runtime options. */
  readonly revision: string;
  /** Digest of the configuration that instances should get. */
  readonly configDigest: string;
  /** Why it may not start as things stand: version, configuration, permissions. */
  readonly objections: readonly Objection[];
}

export interface Objection {
  readonly code: Extract<ErrorCode, "VersionMismatch" | "ConfigInvalid" | "PermissionDenied">;
  readonly message: string;
}

/** What the gateway last told of this plugin. */
export type Observed =
  | { readonly state: "unknown"; readonly message: string }
  | {
      readonly state: "known";
      readonly installed:
        | { readonly name: string; readonly version: string; readonly digest: string }
        | undefined;
      readonly isEnabled: boolean;
      /** Empty when nothing is configured. */
      readonly configDigest: string;
      readonly instances: readonly ObservedInstance[];
    };

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

export interface DependencyFact {
  /** `plugin/NAME` for spec.dependsOn, `package/NAME` for what the package needs. */
  readonly object: string;
  readonly isSatisfied: boolean;
  /** DependencyMissing | DependencyNotReady | DependencyVersionMismatch; empty when satisfied. */
  readonly reason: string;
  readonly message: string;
}
