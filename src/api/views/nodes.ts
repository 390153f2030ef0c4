import { DEFAULT_NAMESPACE, type StoredObject } from "../meta.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { derivedUid } from "./derived-uid.ts";
import { NODE_NAME } from "./plugin-replicas.ts";
import { viewSchema } from "./view-schema.ts";

/** What is told of the machine; fixed while the daemon runs. */
export interface NodeFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** As Kubernetes names them: `linux`, `amd64`. */
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly hostname: string;
  /** Of this program, with a leading `v`. */
  readonly version: string;
}

export const nodeDefinition: ResourceDefinition = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  categories: [],
  namespaced: false,
  schema: viewSchema("The machine.", "What the machine has."),
  columns: [
    text("Name", "Name of the node.", () => NODE_NAME),
    text("Status", "Ready while the daemon answers.", () => "Ready"),
    text("Roles", "Always none.", () => "<none>"),
    { ...text("Age", "Since this home is there.", createdAt), type: "date" },
    text("Version", "Of Portunix.", ({ status }) => {
      return (status as { nodeInfo: { kubeletVersion: string } }).nodeInfo.kubeletVersion;
    }),
  ],
  hasStatus: false,
  finalizers: [],
  verbs: ["get", "list", "watch"],
  selectableFields: {},
};

/**
 * The one node. It is a view of the namespace `default`, which is always there: so it is as old as
 * the home is, and can be listed and watched as all else.
 */
export function nodesOf(namespace: StoredObject, facts: NodeFacts): readonly StoredObject[] {
  const { name, uid, resourceVersion, creationTimestamp } = namespace.metadata;
  if (name !== DEFAULT_NAMESPACE) return [];
  const capacity = {
    cpu: String(facts.cpus),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: "1000",
  };
  return [
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: NODE_NAME,
        uid: derivedUid(uid, "node"),
        resourceVersion,
        generation: 1,
        creationTimestamp,
        labels: {
          "kubernetes.io/hostname": NODE_NAME,
          "kubernetes.io/os": facts.operatingSystem,
          "kubernetes.io/arch": facts.architecture,
        },
      },
      spec: {},
      status: {
        capacity,
        allocatable: capacity,
        conditions: [readyCondition(creationTimestamp)],
        addresses: [
          { type: "InternalIP", address: "127.0.0.1" },
          { type: "Hostname", address: facts.hostname },
        ],
        nodeInfo: {
          kubeletVersion: facts.version,
          operatingSystem: facts.operatingSystem,
          architecture: facts.architecture,
          kernelVersion: facts.kernelVersion,
          osImage: facts.operatingSystem,
          containerRuntimeVersion: `portunix://${facts.version.replace(/^v/, "")}`,
        },
      },
    },
  ];
}

function readyCondition(lastTransitionTime: string): object {
  return {
    type: "Ready",
    status: "True",
    reason: "DaemonRunning",
    message: "the daemon answers",
    lastTransitionTime,
  };
}

function createdAt({ metadata }: StoredObject): string {
  return metadata.creationTimestamp;
}

function text(
  name: string,
  description: string,
  cell: ResourceDefinition["columns"][number]["cell"],
): ResourceDefinition["columns"][number] {
  return { name, type: "string", description, priority: 0, cell };
}
