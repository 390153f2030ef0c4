import type { StoredObject } from "../meta.ts";
import type { PrinterColumn, ResourceDefinition } from "../resource-definition.ts";
import type { DeploymentSpec, DeploymentStatus } from "./deployments.ts";
import { CONTAINER_NAME, PLUGIN_LABEL } from "./plugin-replicas.ts";
import { viewSchema } from "./view-schema.ts";

/** Deployments as views of Plugins: scale and restart them; all else is said by the Plugin. */
export const deploymentDefinition: ResourceDefinition = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  categories: ["all"],
  namespaced: true,
  schema: viewSchema(
    "What should run. Follows from the Plugin.",
    "What runs. Follows from the Plugin's status.",
  ),
  columns: columns(),
  hasStatus: false,
  finalizers: [],
  verbs: ["get", "list", "patch", "update", "watch"],
  selectableFields: {},
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: ({ metadata }) => `${PLUGIN_LABEL}=${metadata.name}`,
  },
};

/** Always empty: there is no history of a Plugin's instances; served since kubectl looks for it. */
export const replicaSetDefinition: ResourceDefinition = {
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  categories: ["all"],
  namespaced: true,
  schema: viewSchema("What should run.", "What runs."),
  columns: [column("Name", "Name of the ReplicaSet.", ({ metadata }) => metadata.name)],
  hasStatus: false,
  finalizers: [],
  verbs: ["get", "list", "watch"],
  selectableFields: {},
};

function columns(): readonly PrinterColumn[] {
  return [
    column("Name", "Name of the Deployment, and of its Plugin.", ({ metadata }) => metadata.name),
    column("Ready", "Ready instances of wanted ones.", (object) => {
      return `${statusOf(object).readyReplicas}/${specOf(object).replicas}`;
    }),
    {
      ...column("Up-to-date", "Instances of the newest revision.", (object) => {
        return statusOf(object).updatedReplicas;
      }),
      type: "integer",
    },
    {
      ...column("Available", "Instances that serve.", (object) => {
        return statusOf(object).availableReplicas;
      }),
      type: "integer",
    },
    {
      ...column("Age", "Time since it was created.", ({ metadata }) => metadata.creationTimestamp),
      type: "date",
    },
    wide(column("Containers", "Names of the containers.", () => CONTAINER_NAME)),
    wide(column("Images", "The package.", imageText)),
    wide(
      column(
        "Selector",
        "Labels of its Pods.",
        ({ metadata }) => `${PLUGIN_LABEL}=${metadata.name}`,
      ),
    ),
  ];
}

function imageText(object: StoredObject): string | undefined {
  const { template } = specOf(object);
  return (template.spec as { containers: { image: string }[] }).containers[0]?.image;
}

function specOf({ spec }: StoredObject): DeploymentSpec {
  return spec as DeploymentSpec;
}

function statusOf({ status }: StoredObject): DeploymentStatus {
  return status as DeploymentStatus;
}

function column(name: string, description: string, cell: PrinterColumn["cell"]): PrinterColumn {
  return { name, type: "string", description, priority: 0, cell };
}

function wide(inner: PrinterColumn): PrinterColumn {
  return { ...inner, priority: 1 };
}
