import type { JsonSchema } from "../json-schema.ts";

/** The schema of a kind of Kubernetes' own of which only a part is filled in here: open, so that what clients send back is taken. */
export function viewSchema(spec: string, status: string): JsonSchema {
  return {
    type: "object",
    properties: {
      spec: { type: "object", description: spec, "x-kubernetes-preserve-unknown-fields": true },
      status: { type: "object", description: status, "x-kubernetes-preserve-unknown-fields": true },
    },
  };
}
