import type { InputObject, StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";

/**
 * A kind whose objects are not stored but follow from those of a stored kind, such as the Pods of a
 * Plugin. They are served as stored ones are: lists, tables, selectors, and watches that resume from
 * a resourceVersion, which is always that of the object they follow from. The daemon plugs these in.
 */
export interface View {
  /** Its `verbs` say what may be asked of it. */
  readonly definition: ResourceDefinition;
  /** The stored kind. Of the same scope. */
  readonly source: ResourceDefinition;
  /**
   * Pure: what follows from one stored object. In its namespace, with its resourceVersion; each
   * with a uid that tells it from an earlier one of the same name.
   */
  readonly project: (source: StoredObject) => readonly StoredObject[];
  /** The only stored object that can give one of this name; undefined when none can. */
  readonly sourceOf: (name: string) => string | undefined;
  /** Pure: the stored object, changed so that `object` goes. Left out when `delete` is no verb. */
  readonly remove?: (change: ViewChange) => InputObject;
  /** Pure: the stored object, changed so that `wanted` follows from it; throws ManifestInvalid where none does. */
  readonly edit?: (change: ViewChange & { readonly wanted: InputObject }) => InputObject;
}

/** What a write to a view starts from. */
export interface ViewChange {
  readonly object: StoredObject;
  readonly source: StoredObject;
  /** Unix epoch, milliseconds. */
  readonly nowMs: number;
}

/** A kind whose objects are made at the moment they are asked for, such as measurements: `get` and `list` alone. */
export interface Measurement {
  readonly definition: ResourceDefinition;
  /** Sorted by namespace, then name. @param namespace - undefined for all. */
  list(namespace: string | undefined, signal: AbortSignal): Promise<readonly StoredObject[]>;
}
