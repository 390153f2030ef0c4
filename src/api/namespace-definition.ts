import type { InputObject, StoredObject } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

interface NamespaceSpec {
  readonly finalizers?: readonly string[];
}

/** Kubernetes never lets these go. */
const LASTING: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);
const NAME_LABEL = "kubernetes.io/metadata.name";

export const namespaceDefinition: ResourceDefinition = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  categories: [],
  namespaced: false,
  schema: {
    type: "object",
    description: "A scope of names. Deleting it deletes what is in it.",
    properties: {
      spec: {
        type: "object",
        description: "Kept as Kubernetes has it; nothing to choose.",
        properties: {
          finalizers: {
            type: "array",
            maxItems: 64,
            items: { type: "string" },
            description: "Who must finish before the namespace may go.",
          },
        },
      },
      status: {
        type: "object",
        description: "What was last observed.",
        properties: {
          phase: {
            type: "string",
            enum: ["Active", "Terminating"],
            description: "Active | Terminating.",
          },
        },
      },
    },
  },
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of the namespace.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
    {
      name: "Status",
      type: "string",
      description: "Active, or Terminating while it is being deleted.",
      priority: 0,
      cell: ({ metadata }) => (metadata.deletionTimestamp === undefined ? "Active" : "Terminating"),
    },
    {
      name: "Age",
      type: "date",
      description: "Time since the namespace was created.",
      priority: 0,
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
  hasStatus: true,
  initialStatus: { phase: "Active" },
  finalizers: [],
  selectableFields: {
    "status.phase": ({ status }) => (status as { phase?: string } | undefined)?.phase ?? "",
  },
  prepare,
  prepareUpdate: (object, live) => ({ ...object, spec: live.spec }),
  refuseDelete: ({ metadata }) =>
    LASTING.has(metadata.name) ? "this namespace may not be deleted" : undefined,
  isHeld: (object) => (specOf(object).finalizers ?? []).length > 0,
};

function specOf({ spec }: Pick<StoredObject, "spec">): NamespaceSpec {
  return spec ?? {};
}

function prepare(object: InputObject): InputObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
  const { finalizers = ["kubernetes"] } = specOf(object);
  return { ...object, metadata: { ...metadata, labels }, spec: { ...specOf(object), finalizers } };
}
