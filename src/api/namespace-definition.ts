import type { ResourceDefinition } from "./resource-definition.ts";

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
  finalizers: [],
  selectableFields: {},
};
