import type { ObjectRef } from "../meta.ts";

/** A fault in a file, where a person finds it. */
export interface ManifestProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** Field path such as `spec.dependsOn[0].name`; empty for a whole document or file. */
  readonly path: string;
  readonly message: string;
  /**
   * The object it is about, when apiVersion, kind and name could still be read. Left out: what the
   * file holds is not known in full, and nothing may be concluded from what seems to be missing.
   */
  readonly ref?: ObjectRef;
}

/** `file:line:col path: message`, or `file:line:col: message` for a whole document. */
export function formatProblem(problem: ManifestProblem): string {
  const { file, line, column, path, message } = problem;
  return `${file}:${line}:${column}${path === "" ? "" : ` ${path}`}: ${message}`;
}
