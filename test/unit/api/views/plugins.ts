import type { Condition } from "../../../../src/api/condition.ts";
import type {
  InstanceStatus,
  Plugin,
  PluginSpecInput,
  PluginStatus,
} from "../../../../src/api/plugin.ts";
import { pluginSpecSchema } from "../../../../src/api/plugin-schema.ts";
import { applyDefaults } from "../../../../src/api/defaults.ts";

export const CREATED = "2026-01-01T00:00:00Z";
export const STARTED = "2026-01-01T00:00:05Z";

export interface PluginParts {
  readonly spec?: Partial<PluginSpecInput>;
  readonly metadata?: Partial<Plugin["metadata"]>;
  readonly status?: Partial<PluginStatus>;
}

/** The Plugin `web` of two replicas, seen at revision r1, with what a case changes. */
export function pluginOf({ spec = {}, metadata = {}, status = {} }: PluginParts = {}): Plugin {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: {
      name: "web",
      namespace: "default",
      uid: "6f1c1d1e-0000-4000-8000-000000000001",
      resourceVersion: "7",
      generation: 1,
      creationTimestamp: CREATED,
      ...metadata,
    },
    spec: applyDefaults(pluginSpecSchema, {
      source: { path: "/plugins/web" },
      replicas: 2,
      ...spec,
    }) as Plugin["spec"],
    status: {
      observedGeneration: 1,
      phase: "Running",
      ready: "2/2",
      replicas: 2,
      readyReplicas: 2,
      restarts: 0,
      desiredState: "Running",
      updateRevision: "r1",
      conditions: [
        condition("Ready", "True", "Running"),
        condition("Stalled", "False", "NotStalled"),
      ],
      installed: { name: "web", version: "1.2.0", digest: `sha256:${"a".repeat(64)}` },
      instances: [],
      blockers: [],
      ...status,
    },
  };
}

export function condition(type: string, status: Condition["status"], reason: string): Condition {
  return { type, status, reason, message: "", observedGeneration: 1, lastTransitionTime: STARTED };
}

export function instanceOf(ordinal: number, more: Partial<InstanceStatus> = {}): InstanceStatus {
  const state = more.state ?? "ready";
  return {
    id: `0000000${ordinal}`,
    ordinal,
    state,
    ready: state === "ready",
    startedAt: STARTED,
    revision: "r1",
    ...more,
  };
}
