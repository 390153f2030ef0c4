import type { PrinterColumn, ResourceDefinition, Verb } from "./resource-definition.ts";

const VERBS: readonly Verb[] = ["get", "list", "watch"];

const columns: readonly PrinterColumn[] = [
  {
    name: "Name",
    type: "string",
    description: "Name of the object.",
    priority: 0,
    cell: ({ metadata }) => metadata.name,
  },
  {
    name: "Age",
    type: "date",
    description: "Time since the object was created.",
    priority: 0,
    cell: ({ metadata }) => metadata.creationTimestamp,
  },
];

/** Kinds that clients ask for on any cluster, and of which there are none here. */
export const emptyDefinitions: readonly ResourceDefinition[] = [
  empty({ kind: "Service", plural: "services", shortNames: ["svc"], categories: ["all"] }, true),
];

function empty(
  names: Pick<ResourceDefinition, "kind" | "plural" | "shortNames" | "categories">,
  namespaced: boolean,
): ResourceDefinition {
  return {
    ...names,
    group: "",
    version: "v1",
    singular: names.kind.toLowerCase(),
    namespaced,
    nameFormat: "subdomain",
    verbs: VERBS,
    schema: { type: "object", description: `There are no ${names.plural} here.`, properties: {} },
    columns,
    hasStatus: false,
    finalizers: [],
    selectableFields: {},
  };
}
