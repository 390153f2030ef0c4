import type { ErrorCause } from "../base/errors.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { InputObject, StoredObject } from "./meta.ts";

/** A column of `get`, as in a CustomResourceDefinition's additionalPrinterColumns. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly description: string;
  /** 0: always. 1: with `-o wide`. */
  readonly priority: 0 | 1;
  /** The same as a path, such as `.status.phase`, for the CustomResourceDefinition; left out where no path says it. */
  readonly jsonPath?: string;
  /** The cell of one object; a date as RFC 3339; undefined where there is none yet. */
  readonly cell: (object: StoredObject) => string | number | undefined;
}

/** What may be asked of a kind, in Kubernetes' words. */
export type Verb =
  | "create"
  | "delete"
  | "deletecollection"
  | "get"
  | "list"
  | "patch"
  | "update"
  | "watch";

export const ALL_VERBS: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** How the scale subresource finds its numbers, as in a CustomResourceDefinition. */
export interface ScalePaths {
  /** Such as `.spec.replicas`. */
  readonly specReplicasPath: string;
  /** Such as `.status.replicas`. */
  readonly statusReplicasPath: string;
  /** Of a label selector of the replicas' Pods, as text. */
  readonly labelSelectorPath?: string;
  /** The same where no path says it. */
  readonly selector?: (object: StoredObject) => string;
}

/**
 * A kind as data: all that the API server and the store need to serve it. They know no kind by
 * name; a new kind is one file in api/ that exports one of these.
 */
export interface ResourceDefinition {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Schema of the whole object but apiVersion, kind and metadata. */
  readonly schema: JsonSchema;
  readonly columns: readonly PrinterColumn[];
  readonly hasStatus: boolean;
  /** Put on every new object: what must be undone before it may go. */
  readonly finalizers: readonly string[];
  /** Fields that field selectors know besides metadata.name and metadata.namespace. */
  readonly selectableFields: Readonly<Record<string, (object: StoredObject) => string>>;
  /** The verbs that work; left out: all of them. */
  readonly verbs?: readonly Verb[];
  /** Whether a CustomResourceDefinition describes it; Kubernetes treats its own kinds otherwise here and there. */
  readonly isCustomResource?: boolean;
  /** Left out: there is no scale subresource. */
  readonly scale?: ScalePaths;
  /** Subresources that Kubernetes has of this kind and that are left out on purpose: why, by name. */
  readonly refusals?: Readonly<Record<string, string>>;
  /** The status of a new object. */
  readonly initialStatus?: unknown;
  /** What a name may be: an RFC 1123 label (the default), or a subdomain, as Kubernetes has it for some kinds. */
  readonly nameFormat?: "label" | "subdomain";
  /** Brings an object into the form that is stored. Called on a structurally valid, defaulted object, before `validate`. */
  readonly prepare?: (object: InputObject) => InputObject;
  /** Puts back what an update of the main endpoint may not change. Called before defaults and checks. */
  readonly prepareUpdate?: (object: InputObject, live: StoredObject) => InputObject;
  /** What the schema cannot say. Called on a structurally valid, defaulted object. */
  readonly validate?: (object: InputObject) => readonly ErrorCause[];
  /** Which changes of a stored object are not allowed. Called after `validate`. */
  readonly validateUpdate?: (object: InputObject, live: StoredObject) => readonly ErrorCause[];
  /** Why this object may not be deleted by a client; undefined when it may. */
  readonly refuseDelete?: (object: StoredObject) => string | undefined;
  /** Whether something besides metadata.finalizers keeps an object that is being deleted. */
  readonly isHeld?: (object: StoredObject) => boolean;
}

/** `portunix.ai/v1alpha1`, or `v1` for the core group. */
export function apiVersionOf(definition: Pick<ResourceDefinition, "group" | "version">): string {
  return definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
}

/** `plugins.portunix.ai`, as Kubernetes' messages name a resource. */
export function qualifiedName(definition: Pick<ResourceDefinition, "group" | "plural">): string {
  return definition.group === "" ? definition.plural : `${definition.plural}.${definition.group}`;
}
