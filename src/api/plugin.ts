import type { FromSchema } from "json-schema-to-ts";
import type { Condition } from "./condition.ts";
import type { ObjectMeta, ObjectMetaInput } from "./meta.ts";
import type { permissionsSchema, pluginSpecSchema } from "./plugin-schema.ts";

export const PLUGIN_API_VERSION = "portunix.ai/v1alpha1";
export const PLUGIN_KIND = "Plugin";

/** `spec` with every default filled in. */
export type PluginSpec = FromSchema<typeof pluginSpecSchema>;
/** `spec` as a user writes it. */
export type PluginSpecInput = FromSchema<
  typeof pluginSpecSchema,
  { keepDefaultedPropertiesOptional: true }
>;
export type Permissions = FromSchema<typeof permissionsSchema>;
export type Probe = PluginSpec["probes"]["readiness"];
export type Probes = PluginSpec["probes"];

/** The three states a Plugin can be brought to; the aliases of `spec.desiredState` are resolved. */
export type DesiredState = "Running" | "Enabled" | "Installed";

/** The plugin life cycle of the architecture document. */
export type Phase =
  | "Created"
  | "Installed"
  | "Enabled"
  | "Started"
  | "Running"
  | "Stopped"
  | "Disabled";

export interface Blocker {
  /** CamelCase, for programs. */
  readonly reason: string;
  /** What is missing, and what would help. */
  readonly message: string;
  /** The object waited for, `plugin/NAME`; left out when the cause is this object's own. */
  readonly object?: string;
}

export interface InstanceStatus {
  readonly id: string;
  readonly ordinal: number;
  readonly state: string;
  readonly pid?: number;
  readonly ready: boolean;
  readonly startedAt?: string;
  readonly address?: string;
  readonly revision: string;
  /** Why it is unhealthy, or has ended; CamelCase. */
  readonly reason?: string;
  readonly message?: string;
  /** Of one that has ended by itself. */
  readonly exitCode?: number;
}

/** How the instances of one ordinal have been ending. */
export interface SlotStatus {
  readonly ordinal: number;
  readonly restarts: number;
  readonly lastReason: string;
  readonly lastMessage: string;
}

export interface PluginStatus {
  readonly observedGeneration: number;
  readonly phase: Phase;
  /** Ready replicas of wanted ones, `1/1`; of a plugin that rests, `True` or `False`. */
  readonly ready: string;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly restarts: number;
  readonly conditions: readonly Condition[];
  readonly installed?: { readonly name: string; readonly version: string; readonly digest: string };
  readonly instances: readonly InstanceStatus[];
  /** Left out while none has ended unasked. */
  readonly slots?: readonly SlotStatus[];
  /** What it is brought to: spec.desiredState, or what the package's type makes of it. */
  readonly desiredState?: DesiredState;
  /** The revision that instances are to have; empty while it cannot be told. */
  readonly updateRevision?: string;
  /** The restart that updateRevision has taken in: the annotation portunix.ai/restartedAt. */
  readonly restartedAt?: string;
  readonly blockers: readonly Blocker[];
  readonly nextAction?: string;
  readonly nextActionTime?: string;
  readonly lastAppliedRevision?: string;
  readonly lastGoodRevision?: string;
}

/** A Plugin as the store holds it: defaulted and validated. */
export interface Plugin {
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  readonly kind: typeof PLUGIN_KIND;
  readonly metadata: ObjectMeta;
  readonly spec: PluginSpec;
  readonly status?: PluginStatus;
}

/** A Plugin as a user writes it. */
export interface PluginInput {
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  readonly kind: typeof PLUGIN_KIND;
  readonly metadata: ObjectMetaInput;
  readonly spec: PluginSpecInput;
}

/** Resolves the aliases and the default by package type. @param packageType - undefined when not known yet. */
export function desiredStateOf(
  spec: Pick<PluginSpec, "desiredState">,
  packageType: "service" | "tool" | "mcp" | undefined,
): DesiredState {
  if (spec.desiredState === undefined) return packageType === "tool" ? "Enabled" : "Running";
  return RESOLVED_STATES[spec.desiredState];
}

const RESOLVED_STATES = {
  Running: "Running",
  Enabled: "Enabled",
  Stopped: "Enabled",
  Installed: "Installed",
  Disabled: "Installed",
} as const;
