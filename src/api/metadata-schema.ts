import type { JsonSchema } from "./json-schema.ts";

const strings = (description: string): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: { type: "string" },
});

const text = (description: string): JsonSchema => ({ type: "string", description });

/** `metadata` of any object, as a client may send it; what the server fills in is taken and ignored. */
export const metadataSchema: JsonSchema = {
  type: "object",
  additionalProperties: false,
  description: "Standard object metadata.",
  properties: {
    name: text("Name, unique in the namespace."),
    namespace: text("Namespace; `default` when left out."),
    labels: strings("Short values to select objects by."),
    annotations: strings("Values kept with the object, not to select by."),
    finalizers: {
      type: "array",
      maxItems: 64,
      items: { type: "string" },
      description: "Who must finish before the object may go.",
    },
    ownerReferences: {
      type: "array",
      maxItems: 64,
      description: "Objects with which this one goes.",
      items: {
        type: "object",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: text("apiVersion of the owner."),
          kind: text("Kind of the owner."),
          name: text("Name of the owner."),
          uid: text("uid of the owner."),
          controller: { type: "boolean", description: "Whether it manages this object." },
          blockOwnerDeletion: { type: "boolean", description: "Kept, not acted on." },
        },
      },
    },
    generateName: text("Not supported: give a name."),
    uid: text("Set by the server."),
    resourceVersion: text("Set by the server."),
    generation: { type: "integer", description: "Set by the server." },
    creationTimestamp: text("Set by the server."),
    deletionTimestamp: text("Set by the server."),
    deletionGracePeriodSeconds: { type: "integer", description: "Set by the server." },
    selfLink: text("Set by the server."),
    managedFields: {
      type: "array",
      description: "Set by the server.",
      items: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  },
};
