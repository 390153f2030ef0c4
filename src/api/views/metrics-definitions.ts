import type { StoredObject } from "../meta.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { CONTAINER_NAME, NODE_NAME } from "./plugin-replicas.ts";

const common = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  shortNames: [],
  categories: [],
  schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of what was measured.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
  ],
  hasStatus: false,
  finalizers: [],
  verbs: ["get", "list"],
  selectableFields: {},
} as const satisfies Partial<ResourceDefinition>;

export const podMetricsDefinition: ResourceDefinition = {
  ...common,
  kind: "PodMetrics",
  plural: "pods",
  singular: "",
  namespaced: true,
};

export const nodeMetricsDefinition: ResourceDefinition = {
  ...common,
  kind: "NodeMetrics",
  plural: "nodes",
  singular: "",
  namespaced: false,
};

/** One measurement. */
export interface Measured {
  readonly nanoCores: number;
  readonly memoryBytes: number;
  readonly windowMs: number;
}

/** @param time - RFC 3339. @see https://github.com/kubernetes/metrics */
export function podMetrics(pod: StoredObject, measured: Measured, time: string): StoredObject {
  const { name, namespace = "", labels = {} } = pod.metadata;
  return {
    ...head("PodMetrics", time, measured),
    metadata: { ...meta(name, time), namespace, labels },
    containers: [{ name: CONTAINER_NAME, usage: usageOf(measured) }],
  } as StoredObject;
}

export function nodeMetrics(measured: Measured, time: string): StoredObject {
  return {
    ...head("NodeMetrics", time, measured),
    metadata: meta(NODE_NAME, time),
    usage: usageOf(measured),
  } as StoredObject;
}

function head(kind: string, timestamp: string, { windowMs }: Measured) {
  const window = `${(windowMs / 1000).toFixed(3)}s`;
  return { kind, apiVersion: "metrics.k8s.io/v1beta1", timestamp, window };
}

/** A measurement is made anew each time: it has no uid and no version. */
function meta(name: string, creationTimestamp: string) {
  return { name, uid: "", resourceVersion: "", generation: 1, creationTimestamp };
}

function usageOf({ nanoCores, memoryBytes }: Measured): object {
  return { cpu: `${nanoCores}n`, memory: `${Math.ceil(memoryBytes / 1024)}Ki` };
}
