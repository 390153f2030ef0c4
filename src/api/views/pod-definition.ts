import type { StoredObject } from "../meta.ts";
import type { PrinterColumn, ResourceDefinition } from "../resource-definition.ts";
import { NODE_NAME } from "./plugin-replicas.ts";
import type { PodStatus } from "./pod-status.ts";
import { viewSchema } from "./view-schema.ts";

const OFF =
  "this server runs no commands inside plugins and opens no way into them, so that no client gets the rights of a plugin";

/** Pods as views of plugin instances: read them, or delete one to restart its instance. */
export const podDefinition: ResourceDefinition = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  singular: "pod",
  shortNames: ["po"],
  categories: ["all"],
  namespaced: true,
  nameFormat: "subdomain",
  schema: viewSchema(
    "What the instance runs. Follows from the Plugin.",
    "How the instance is. Follows from the Plugin's status.",
  ),
  columns: columns(),
  hasStatus: false,
  finalizers: [],
  verbs: ["delete", "deletecollection", "get", "list", "watch"],
  selectableFields: {
    "status.phase": (object) => statusOf(object).phase,
    "spec.nodeName": () => NODE_NAME,
    "spec.restartPolicy": ({ spec }) => (spec as { restartPolicy: string }).restartPolicy,
  },
  refusals: {
    exec: `exec is off: ${OFF}`,
    attach: `attach is off: ${OFF}; read the output with: kubectl logs -f`,
    portforward: `port-forward is off: ${OFF}; plugins listen on this machine already, see the annotation portunix.ai/address of the pod`,
    eviction: "eviction is not served: delete the pod to restart its instance",
  },
};

function columns(): readonly PrinterColumn[] {
  return [
    column(
      "Name",
      "Name of the Pod: its Plugin's, and an ordinal.",
      ({ metadata }) => metadata.name,
    ),
    column("Ready", "Ready containers of all containers.", (object) =>
      statusOf(object).containerStatuses[0].ready ? "1/1" : "0/1",
    ),
    column("Status", "What the instance does.", podStatusText),
    column("Restarts", "How often the instance was restarted.", (object) =>
      String(statusOf(object).containerStatuses[0].restartCount),
    ),
    { ...column("Age", "Time since the Pod was created.", createdAt), type: "date" },
    wide(
      column("IP", "Where the instance listens.", (object) => statusOf(object).podIP ?? "<none>"),
    ),
    wide(column("Node", "The machine.", () => NODE_NAME)),
    wide(column("Nominated Node", "Always none.", () => "<none>")),
    wide(column("Readiness Gates", "Always none.", () => "<none>")),
  ];
}

/** The word that kubectl users know: of the container's state where it says more than the phase. */
function podStatusText(object: StoredObject): string {
  const { phase, containerStatuses } = statusOf(object);
  const { waiting, terminated } = containerStatuses[0].state;
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating";
  return waiting?.reason ?? terminated?.reason ?? phase;
}

function statusOf({ status }: StoredObject): PodStatus {
  return status as PodStatus;
}

function createdAt({ metadata }: StoredObject): string {
  return metadata.creationTimestamp;
}

function column(name: string, description: string, cell: PrinterColumn["cell"]): PrinterColumn {
  return { name, type: "string", description, priority: 0, cell };
}

function wide(inner: PrinterColumn): PrinterColumn {
  return { ...inner, priority: 1 };
}
