import { conditionOf } from "../conditions.ts";
import { RESTARTED_AT_ANNOTATION, type StoredObject } from "../meta.ts";
import type { Plugin } from "../plugin.ts";
import { derivedUid } from "./derived-uid.ts";
import { ownedBy, PLUGIN_LABEL, podSpecOf, viewLabels, wantedReplicas } from "./plugin-replicas.ts";

/** Where `kubectl rollout restart` puts the time, in the template. */
export const KUBECTL_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

export interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: {
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: object;
  };
  readonly paused?: boolean;
}

export interface DeploymentStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas?: number;
  readonly conditions: readonly object[];
}

/** The Deployment of a Plugin: over its Pods, named as it is, so that rollout, scale and logs work. */
export function deploymentsOf(plugin: Plugin): readonly StoredObject[] {
  const { name, namespace = "", uid, resourceVersion, generation } = plugin.metadata;
  const { creationTimestamp, deletionTimestamp } = plugin.metadata;
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name,
        namespace,
        uid: derivedUid(uid, "deployment"),
        resourceVersion,
        generation,
        creationTimestamp,
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
        labels: viewLabels(plugin),
        ownerReferences: ownedBy(plugin),
      },
      spec: specOf(plugin),
      status: statusOf(plugin),
    },
  ];
}

function specOf(plugin: Plugin): DeploymentSpec & Readonly<Record<string, unknown>> {
  const { metadata, spec } = plugin;
  const restartedAt = metadata.annotations?.[RESTARTED_AT_ANNOTATION];
  return {
    replicas: wantedReplicas(plugin),
    revisionHistoryLimit: 0,
    progressDeadlineSeconds: spec.update.progressDeadlineSeconds,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    selector: { matchLabels: { [PLUGIN_LABEL]: metadata.name } },
    template: {
      metadata: {
        labels: viewLabels(plugin),
        ...(restartedAt === undefined
          ? {}
          : { annotations: { [KUBECTL_RESTARTED_AT]: restartedAt } }),
      },
      spec: podSpecOf(plugin),
    },
    ...(spec.suspend ? { paused: true } : {}),
  };
}

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status */
function statusOf(plugin: Plugin): DeploymentStatus {
  const wanted = wantedReplicas(plugin);
  const { status } = plugin;
  const living = (status?.instances ?? []).filter(({ state }) => state !== "exited");
  const updated = living.filter(
    ({ ordinal, revision, state }) =>
      ordinal < wanted && revision === status?.updateRevision && state !== "stopping",
  );
  const ready = living.filter((instance) => instance.ready);
  const counts = {
    observedGeneration: observedGeneration(plugin),
    replicas: living.length,
    updatedReplicas: updated.length,
    readyReplicas: ready.length,
    availableReplicas: ready.length,
  };
  const missing = Math.max(0, wanted - ready.length);
  return {
    ...counts,
    ...(missing === 0 ? {} : { unavailableReplicas: missing }),
    conditions: conditionsOf(plugin, counts, wanted),
  };
}

/** A restart is no new generation of the Plugin, yet one that is not taken in yet must not look done. */
function observedGeneration({ metadata, status }: Plugin): number {
  const observed = status?.observedGeneration ?? 0;
  const isRestartSeen = metadata.annotations?.[RESTARTED_AT_ANNOTATION] === status?.restartedAt;
  return isRestartSeen ? observed : Math.min(observed, metadata.generation - 1);
}

type Counts = Omit<DeploymentStatus, "conditions" | "unavailableReplicas">;

function conditionsOf(plugin: Plugin, counts: Counts, wanted: number): object[] {
  const { metadata, status } = plugin;
  const ready = conditionOf(status?.conditions, "Ready");
  const time = ready?.lastTransitionTime ?? metadata.creationTimestamp;
  const times = { lastUpdateTime: time, lastTransitionTime: time };
  const isAvailable = counts.availableReplicas >= wanted;
  const message = ready?.message ?? "";
  return [
    isAvailable
      ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message, ...times }
      : {
          type: "Available",
          status: "False",
          reason: "MinimumReplicasUnavailable",
          message,
          ...times,
        },
    { type: "Progressing", ...progressOf(plugin, counts, wanted), ...times },
  ];
}

function progressOf({ metadata, status }: Plugin, counts: Counts, wanted: number): object {
  const stalled = conditionOf(status?.conditions, "Stalled");
  if (stalled?.status === "True") {
    // The one reason by which kubectl and kstatus know that a rollout has failed for good.
    const message = `${stalled.reason}: ${stalled.message}`;
    return { status: "False", reason: "ProgressDeadlineExceeded", message };
  }
  const { observedGeneration: observed, replicas, updatedReplicas, availableReplicas } = counts;
  const isDone =
    observed >= metadata.generation &&
    updatedReplicas >= wanted &&
    replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas;
  return isDone
    ? { status: "True", reason: "NewReplicaSetAvailable", message: "all instances are up to date" }
    : { status: "True", reason: "ReplicaSetUpdated", message: status?.nextAction ?? "" };
}
