import type { JsonSchema } from "../json-schema.ts";

const text = (description: string): JsonSchema => ({ type: "string", description });

const texts = (description: string): JsonSchema => ({
  type: "array",
  maxItems: 64,
  items: { type: "string" },
  description,
});

const names: JsonSchema = {
  type: "object",
  required: ["plural", "kind"],
  description: "How the kind is called.",
  properties: {
    plural: text("Plural, lower case, as in paths."),
    singular: text("Singular, lower case; the kind in lower case when left out."),
    kind: text("Kind, CamelCase, as in `kind:`."),
    listKind: text("Kind of lists; the kind with `List` when left out."),
    shortNames: texts("Short names for command lines."),
    categories: texts("Groups of kinds, such as `all`."),
  },
};

const column: JsonSchema = {
  type: "object",
  required: ["name", "type", "jsonPath"],
  properties: {
    name: text("Heading."),
    type: text("string, integer, number, boolean or date."),
    format: text("Format of the value."),
    description: text("What it shows."),
    priority: { type: "integer", description: "0: always shown; more: with -o wide." },
    jsonPath: text("Where in the object the value is."),
  },
};

const subresources: JsonSchema = {
  type: "object",
  description: "Subresources that the kind has.",
  properties: {
    status: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      description: "Present: status has an endpoint of its own.",
    },
    scale: {
      type: "object",
      required: ["specReplicasPath", "statusReplicasPath"],
      description: "Present: the kind can be scaled.",
      properties: {
        specReplicasPath: text("Path of the wanted number."),
        statusReplicasPath: text("Path of the observed number."),
        labelSelectorPath: text("Path of a label selector, as text."),
      },
    },
  },
};

const version: JsonSchema = {
  type: "object",
  required: ["name", "served", "storage"],
  properties: {
    name: text("Name, such as v1."),
    served: { type: "boolean", description: "Whether the API serves it." },
    storage: { type: "boolean", description: "Whether objects are stored in it; one must be." },
    deprecated: { type: "boolean", description: "Kept, not acted on." },
    deprecationWarning: text("Kept, not acted on."),
    schema: {
      type: "object",
      description: "What objects may say.",
      properties: {
        openAPIV3Schema: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          description: "A structural schema.",
        },
      },
    },
    subresources,
    additionalPrinterColumns: {
      type: "array",
      maxItems: 64,
      items: column,
      description: "Columns of tables.",
    },
    selectableFields: {
      type: "array",
      maxItems: 8,
      description: "Fields that field selectors know.",
      items: {
        type: "object",
        required: ["jsonPath"],
        properties: { jsonPath: text("Where in the object the field is.") },
      },
    },
  },
};

export const crdSchema: JsonSchema = {
  type: "object",
  description: "A kind that a client defines; it is served as soon as its names are accepted.",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["group", "names", "scope", "versions"],
      description: "The kind that is defined.",
      properties: {
        group: text("API group of the kind."),
        names,
        scope: {
          type: "string",
          enum: ["Cluster", "Namespaced"],
          description: "Whether objects live in namespaces.",
        },
        versions: {
          type: "array",
          minItems: 1,
          maxItems: 32,
          items: version,
          description: "Versions of the kind.",
        },
        conversion: {
          type: "object",
          required: ["strategy"],
          "x-kubernetes-preserve-unknown-fields": true,
          description: "How versions are converted; only None works here.",
          properties: { strategy: text("None.") },
        },
        preserveUnknownFields: { type: "boolean", description: "Must be false." },
      },
    },
    status: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      description: "Whether the kind is served.",
      properties: {
        conditions: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["type"],
          description: "NamesAccepted, Established, Terminating.",
          items: {
            type: "object",
            required: ["type", "status"],
            properties: {
              type: text("Such as Established."),
              status: text("True | False | Unknown."),
              reason: text("CamelCase, for programs."),
              message: text("For people."),
              lastTransitionTime: text("RFC 3339."),
            },
          },
        },
        acceptedNames: { ...names, description: "The names under which it is served." },
        storedVersions: texts("Versions that objects were ever stored in."),
      },
    },
  },
};
