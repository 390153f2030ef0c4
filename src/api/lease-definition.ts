import type { JsonSchema } from "./json-schema.ts";
import type { StoredObject } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

interface Lease extends StoredObject {
  readonly spec?: { readonly holderIdentity?: string };
}

const text = (description: string): JsonSchema => ({ type: "string", description });

const count = (description: string): JsonSchema => ({ type: "integer", description });

/** A hold that clients take in turns, such as the leadership of several controllers. */
export const leaseDefinition: ResourceDefinition = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  singular: "lease",
  shortNames: [],
  categories: [],
  namespaced: true,
  nameFormat: "subdomain",
  schema: {
    type: "object",
    description: "A hold that clients take in turns, such as a leadership.",
    properties: {
      spec: {
        type: "object",
        description: "Who holds it, and until when.",
        properties: {
          holderIdentity: text("The holder."),
          leaseDurationSeconds: count("How long it is held after renewTime."),
          acquireTime: text("When it was taken, RFC 3339."),
          renewTime: text("When it was last renewed, RFC 3339."),
          leaseTransitions: count("How often it changed hands."),
          strategy: text("How a leader is chosen."),
          preferredHolder: text("Who should take it next."),
        },
      },
    },
  },
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of the Lease.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
    {
      name: "Holder",
      type: "string",
      description: "The holder.",
      priority: 0,
      cell: (object) => (object as Lease).spec?.holderIdentity,
    },
    {
      name: "Age",
      type: "date",
      description: "Time since the Lease was created.",
      priority: 0,
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
  hasStatus: false,
  finalizers: [],
  selectableFields: {},
};
