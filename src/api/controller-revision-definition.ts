import type { StoredObject } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

/** A spec that an object had, numbered; Kubernetes' kind for that. */
export interface ControllerRevision extends StoredObject {
  readonly data: { readonly spec: Readonly<Record<string, unknown>> };
  readonly revision: number;
}

const revisionOf = (object: StoredObject): number => (object as ControllerRevision).revision;

/** What `rollout history` shows. Written by the daemon alone. */
export const controllerRevisionDefinition: ResourceDefinition = {
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  singular: "controllerrevision",
  shortNames: [],
  categories: [],
  namespaced: true,
  nameFormat: "subdomain",
  verbs: ["get", "list", "watch"],
  schema: {
    type: "object",
    description: "A spec that a Plugin had, for rollout history and undo.",
    required: ["data", "revision"],
    properties: {
      data: {
        type: "object",
        description:
          "The spec without what says how much of it runs: replicas, desiredState and suspend.",
        "x-kubernetes-preserve-unknown-fields": true,
      },
      revision: {
        type: "integer",
        description: "Its place in the history; the highest is in force.",
      },
    },
  },
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of the ControllerRevision.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
    {
      name: "Controller",
      type: "string",
      description: "Whose spec it was.",
      priority: 0,
      cell: ({ metadata }) => {
        const [owner] = metadata.ownerReferences ?? [];
        return owner === undefined ? undefined : `${owner.kind.toLowerCase()}/${owner.name}`;
      },
    },
    {
      name: "Revision",
      type: "integer",
      description: "Its place in the history.",
      priority: 0,
      cell: revisionOf,
    },
    {
      name: "Age",
      type: "date",
      description: "Time since the spec was first seen.",
      priority: 0,
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
  hasStatus: false,
  finalizers: [],
  selectableFields: {},
};
