import type { FieldSet } from "./field-set.ts";

/** What one manager holds. */
export interface Holding {
  readonly fields: FieldSet;
  /** The version of the kind in which the paths are to be read. */
  readonly apiVersion: string;
  /** Whether it applies: states all that it wants, and gives up what it no longer states. */
  readonly isApplied: boolean;
}

/** Who holds what, by any name that tells managers apart. */
export type Managers = ReadonlyMap<string, Holding>;

/** A field that an applier states, and another manager holds with another value. */
export interface FieldConflict {
  readonly manager: string;
  /** Steps of a FieldSet. */
  readonly path: readonly string[];
}
