import { dirname, resolve } from "node:path";
import { checkManifests } from "../api/manifest/check.ts";
import type { ManifestProblem } from "../api/manifest/problem.ts";
import { parseManifests } from "../api/manifest/parse.ts";
import { withAbsoluteSource } from "../api/manifest/source-path.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import type { SourceProblem } from "../api/source-snapshot.ts";
import type { ParseFile } from "./manifest-cache.ts";

/**
 * Reads a manifest file with all its schemas checked. A document with a fault is a problem and not
 * among the documents; an identity that comes twice is left for the snapshot, which sees all files.
 */
export function createParser(definitions: readonly ResourceDefinition[]): ParseFile {
  return (text, file) => {
    const parsed = parseManifests(text, file);
    const directory = dirname(file);
    const problems: SourceProblem[] = parsed.problems.map(toSourceProblem);
    const documents = parsed.documents.flatMap((document) => {
      const faults = checkManifests([{ ...parsed, documents: [document] }], definitions);
      problems.push(...faults.map(toSourceProblem));
      if (faults.length > 0) return [];
      const { ref, line, object } = document;
      const absolute = withAbsoluteSource(object, (path) => resolve(directory, path));
      return [{ ref, object: absolute, file, line }];
    });
    return { documents, problems };
  };
}

function toSourceProblem(problem: ManifestProblem): SourceProblem {
  const { ref, file, line, column, path, message } = problem;
  return { ref, file, line, column, message: path === "" ? message : `${path}: ${message}` };
}
