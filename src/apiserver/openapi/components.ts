import { metadataSchema } from "../../api/metadata-schema.ts";
import { toOpenApiSchema } from "../../api/open-api-schema.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";

export type Schemas = Readonly<Record<string, object>>;

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
export const STATUS = `${META}.Status`;
export const DELETE_OPTIONS = `${META}.DeleteOptions`;
export const PATCH = `${META}.Patch`;
export const SCALE = "io.k8s.api.autoscaling.v1.Scale";

/** The components of one group version: its kinds, their lists, and what they are made of. */
export function componentsOf(definitions: readonly ResourceDefinition[]): Schemas {
  return Object.fromEntries([
    ...definitions.flatMap((definition) => [
      [componentName(definition), objectSchema(definition)] as const,
      [`${componentName(definition)}List`, listSchema(definition)] as const,
    ]),
    ...Object.entries(SHARED),
    ...(definitions.some(({ scale }) => scale !== undefined) ? [[SCALE, SCALE_SCHEMA]] : []),
  ]) as Schemas;
}

/** Such as `ai.portunix.v1alpha1.Plugin`. */
export function componentName({ group, version, kind }: ResourceDefinition): string {
  const prefix = group === "" ? "io.k8s.api.core" : group.split(".").toReversed().join(".");
  return `${prefix}.${version}.${kind}`;
}

export function ref(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

export function kindExtension({
  group,
  version,
  kind,
}: Pick<ResourceDefinition, "group" | "version" | "kind">): {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
} {
  return { group, version, kind };
}

const API_VERSION = {
  type: "string",
  description:
    "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
};

const KIND = {
  type: "string",
  description:
    "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
};

function objectSchema(definition: ResourceDefinition): object {
  const { properties, ...rest } = toOpenApiSchema(definition.schema);
  return {
    ...rest,
    type: "object",
    description: definition.schema.description ?? `${definition.kind} is a kind of this server.`,
    properties: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: {
        default: {},
        allOf: [ref(`${META}.ObjectMeta`)],
      },
      ...(properties as object | undefined),
    },
    "x-kubernetes-group-version-kind": [kindExtension(definition)],
  };
}

function listSchema(definition: ResourceDefinition): object {
  const kind = `${definition.kind}List`;
  return {
    type: "object",
    description: `${kind} is a list of ${definition.kind}.`,
    required: ["items"],
    properties: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { description: "Standard list metadata.", allOf: [ref(`${META}.ListMeta`)] },
      items: {
        type: "array",
        description: `List of ${definition.plural}.`,
        items: { allOf: [ref(componentName(definition))], default: {} },
      },
    },
    "x-kubernetes-group-version-kind": [kindExtension({ ...definition, kind })],
  };
}

const text = (description: string): object => ({ type: "string", description });
const count = (description: string): object => ({ type: "integer", description });

const object = (description: string, properties: object): object => ({
  type: "object",
  description,
  properties,
});

const SHARED: Schemas = {
  [`${META}.ObjectMeta`]: toOpenApiSchema(metadataSchema),
  [`${META}.ListMeta`]: object("What is said of a list as a whole.", {
    resourceVersion: text("The state of the server that the list shows."),
    continue: text("To be sent back for the next part of the list."),
    remainingItemCount: count("How many items are left after this part."),
    selfLink: text("Not used any more."),
  }),
  [STATUS]: object("How a request ended that has no object for an answer.", {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: ref(`${META}.ListMeta`),
    status: text("Success or Failure."),
    message: text("For people."),
    reason: text("CamelCase, for programs."),
    code: count("The HTTP status."),
    details: object("What it is about.", {
      name: text("Name of the object."),
      group: text("Group of the kind."),
      kind: text("Kind or resource."),
      uid: text("uid of the object."),
      causes: {
        type: "array",
        description: "Every fault, by field.",
        items: object("One fault.", {
          field: text("Path of the field."),
          message: text("For people."),
          reason: text("CamelCase, for programs."),
        }),
      },
    }),
  }),
  [DELETE_OPTIONS]: {
    ...object("How an object is to be deleted.", {
      apiVersion: API_VERSION,
      kind: KIND,
      dryRun: { type: "array", items: { type: "string" }, description: "All: change nothing." },
      gracePeriodSeconds: count("Taken, and not acted on."),
      orphanDependents: { type: "boolean", description: "Use propagationPolicy." },
      preconditions: object("What must hold of the object.", {
        uid: text("Its uid."),
        resourceVersion: text("Its resourceVersion."),
      }),
      propagationPolicy: text("Background, Foreground or Orphan."),
    }),
    "x-kubernetes-group-version-kind": [
      { group: "", version: "v1", kind: "DeleteOptions" },
      { group: "autoscaling", version: "v1", kind: "DeleteOptions" },
    ],
  },
  [PATCH]: { type: "object", description: "A patch of one of the media types that are taken." },
};

const SCALE_SCHEMA: object = {
  ...object("How many replicas there are to be, and are.", {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      default: {},
      description: "Standard object metadata.",
      allOf: [ref(`${META}.ObjectMeta`)],
    },
    spec: object("What is wanted.", { replicas: count("Wanted number of replicas.") }),
    status: object("What was observed.", {
      replicas: count("Observed number of replicas."),
      selector: text("Label selector of the replicas' Pods."),
    }),
  }),
  "x-kubernetes-group-version-kind": [{ group: "autoscaling", version: "v1", kind: "Scale" }],
};
