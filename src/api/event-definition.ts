import type { JsonSchema } from "./json-schema.ts";
import type { StoredObject } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

/** The object an event is about. */
export interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ (the core/v1 form) */
export interface CoreEvent extends StoredObject {
  readonly involvedObject: InvolvedObject;
  /** CamelCase, for programs. */
  readonly reason: string;
  readonly message: string;
  readonly type: "Normal" | "Warning";
  /** How often it happened. */
  readonly count: number;
  /** RFC 3339. */
  readonly firstTimestamp: string;
  /** RFC 3339. */
  readonly lastTimestamp: string;
  readonly source: { readonly component: string };
}

const text = (description: string): JsonSchema => ({ type: "string", description });

const schema: JsonSchema = {
  type: "object",
  description: "Something that happened to an object. Kept for an hour.",
  required: ["involvedObject"],
  properties: {
    involvedObject: {
      type: "object",
      description: "The object it is about.",
      properties: {
        apiVersion: text("apiVersion of the object."),
        kind: text("Kind of the object."),
        namespace: text("Namespace of the object."),
        name: text("Name of the object."),
        uid: text("uid of the object."),
        resourceVersion: text("resourceVersion of the object."),
        fieldPath: text("The part of the object."),
      },
    },
    reason: { ...text("CamelCase, for programs."), default: "" },
    message: { ...text("For people."), maxLength: 4096, default: "" },
    type: {
      type: "string",
      enum: ["Normal", "Warning"],
      default: "Normal",
      description: "Normal | Warning.",
    },
    count: { type: "integer", minimum: 1, default: 1, description: "How often it happened." },
    firstTimestamp: text("When it happened first, RFC 3339."),
    lastTimestamp: text("When it happened last, RFC 3339."),
    eventTime: text("When it happened, RFC 3339."),
    action: text("What was done."),
    reportingComponent: text("Who reports it."),
    reportingInstance: text("Which instance of it."),
    source: {
      type: "object",
      default: {},
      description: "Who reports it.",
      properties: {
        component: { ...text("Name of the component."), default: "" },
        host: text("Its host."),
      },
    },
  },
};

export const eventDefinition: ResourceDefinition = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  categories: [],
  namespaced: true,
  nameFormat: "subdomain",
  schema,
  columns: [
    {
      name: "Last Seen",
      type: "date",
      description: "When it happened last.",
      priority: 0,
      cell: (object) => eventOf(object).lastTimestamp ?? object.metadata.creationTimestamp,
    },
    {
      name: "Type",
      type: "string",
      description: "Normal or Warning.",
      priority: 0,
      cell: (object) => eventOf(object).type,
    },
    {
      name: "Reason",
      type: "string",
      description: "For programs.",
      priority: 0,
      cell: (object) => eventOf(object).reason,
    },
    {
      name: "Object",
      type: "string",
      description: "The object it is about.",
      priority: 0,
      cell: (object) => {
        const { kind = "", name = "" } = eventOf(object).involvedObject ?? {};
        return `${kind.toLowerCase()}/${name}`;
      },
    },
    {
      name: "Message",
      type: "string",
      description: "For people.",
      priority: 0,
      cell: (object) => eventOf(object).message,
    },
    {
      name: "Count",
      type: "integer",
      description: "How often it happened.",
      priority: 1,
      cell: (object) => eventOf(object).count,
    },
  ],
  hasStatus: false,
  finalizers: [],
  selectableFields: {
    "involvedObject.apiVersion": (object) => eventOf(object).involvedObject?.apiVersion ?? "",
    "involvedObject.kind": (object) => eventOf(object).involvedObject?.kind ?? "",
    "involvedObject.namespace": (object) => eventOf(object).involvedObject?.namespace ?? "",
    "involvedObject.name": (object) => eventOf(object).involvedObject?.name ?? "",
    "involvedObject.uid": (object) => eventOf(object).involvedObject?.uid ?? "",
    reason: (object) => eventOf(object).reason ?? "",
    type: (object) => eventOf(object).type ?? "",
  },
};

/** Clients may leave out most of an event. */
function eventOf(object: StoredObject): Partial<CoreEvent> {
  return object;
}
