import type { InputObject, ObjectRef } from "../meta.ts";
import type { ManifestProblem } from "./problem.ts";
import type { Position } from "./text.ts";

/** One object as its file has it: nothing defaulted but the namespace, nothing checked. */
export interface ManifestDocument {
  readonly ref: ObjectRef;
  readonly object: InputObject;
  readonly file: string;
  /** Where the object begins, from 1. */
  readonly line: number;
  readonly column: number;
  /**
   * Where the field stands, of its value (the default) or of its key. A field that is missing is
   * placed at the key of the last field on the way to it. Parses the text anew when first asked.
   */
  readonly locate: (fieldPath: string, part?: "key" | "value") => Position;
}

/** All that could be read of one file, and all that could not. */
export interface ParsedFile {
  readonly file: string;
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly ManifestProblem[];
}
