import type { InputObject, ObjectRef } from "./meta.ts";

/** One good document of a source. */
export interface SourceDocument {
  readonly ref: ObjectRef;
  /** Every path in it is absolute. */
  readonly object: InputObject;
  readonly file: string;
  readonly line: number;
}

/** A fault in a source that keeps an older spec of an object in force, or concerns a whole file. */
export interface SourceProblem {
  /** Undefined when the text does not tell which object it is about. */
  readonly ref: ObjectRef | undefined;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** All that a source says at one moment. */
export interface SourceSnapshot {
  /** The kind of source and where it is, `directory:/srv/plugins`. */
  readonly sourceId: string;
  /** False: something could not be read, so that nothing follows from what is not in here. */
  readonly complete: boolean;
  /** Why it is not complete; empty when it is. */
  readonly reason: string;
  /** How many files were read. */
  readonly files: number;
  /** At most one of each identity, and none that a problem names. */
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly SourceProblem[];
}

/** One object that a source has brought, and where it stands there. */
export interface InventoryEntry {
  readonly ref: ObjectRef;
  readonly file: string;
  readonly line: number;
  /** The document as it was last applied, canonical JSON. */
  readonly applied: string;
}
