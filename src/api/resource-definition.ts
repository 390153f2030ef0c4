import type { ErrorCause } from "../base/errors.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { InputObject, StoredObject } from "./meta.ts";

/** A column of `get`, as in a CustomResourceDefinition's additionalPrinterColumns. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly description: string;
  /** 0: always. 1: with `-o wide`. */
  readonly priority: 0 | 1;
  /** The cell of one object; a date as RFC 3339; undefined where there is none yet. */
  readonly cell: (object: StoredObject) => string | number | undefined;
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
  /** What a name may be: an RFC 1123 label (the default), or a subdomain, as Kubernetes has it for some kinds. */
  readonly nameFormat?: "label" | "subdomain";
  /** Brings an object into the form that is stored. Called on a structurally valid, defaulted object, before `validate`. */
  readonly prepare?: (object: InputObject) => InputObject;
  /** What the schema cannot say. Called on a structurally valid, defaulted object. */
  readonly validate?: (object: InputObject) => readonly ErrorCause[];
}

/** `portunix.ai/v1alpha1`, or `v1` for the core group. */
export function apiVersionOf(definition: Pick<ResourceDefinition, "group" | "version">): string {
  return definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
}

/** `plugins.portunix.ai`, as Kubernetes' messages name a resource. */
export function qualifiedName(definition: Pick<ResourceDefinition, "group" | "plural">): string {
  return definition.group === "" ? definition.plural : `${definition.plural}.${definition.group}`;
}
