import type { ManagedFieldsEntry, StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";

/**
 * Says which manager holds which field after a write of the daemon's own. The daemon gives it, so
 * that the rules of ownership are in one place, with the API; clients' writes bring their own.
 */
export type FieldTracker = (write: OwnWrite) => readonly ManagedFieldsEntry[];

export interface OwnWrite {
  readonly definition: ResourceDefinition;
  /** Undefined for a create. */
  readonly live: StoredObject | undefined;
  /** As it will be stored. */
  readonly next: object;
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: "" | "status";
}

/** The daemon's own names as a manager of fields. */
export const CONTROLLER_MANAGER = "portunix";
export const SOURCE_MANAGER = "portunix-source";
