import { isAbsolutePath } from "../absolute-path.ts";
import { review } from "../admission.ts";
import { nearestName } from "../../base/nearest-name.ts";
import type { ErrorCause } from "../../base/errors.ts";
import type { ObjectRef } from "../meta.ts";
import { apiVersionOf, type ResourceDefinition } from "../resource-definition.ts";
import { isUnknownField } from "../unknown-field.ts";
import type { ManifestDocument, ParsedFile } from "./manifest-document.ts";
import type { ManifestProblem } from "./problem.ts";
import { withAbsoluteSource } from "./source-path.ts";

/**
 * All that is wrong with a set of files beyond what parseManifests has said: kinds that are not
 * known, objects defined twice, and every fault of every object, each at its place in the text.
 * Relative paths of sources are right here. The order is that of the files and their documents.
 */
export function checkManifests(
  files: readonly ParsedFile[],
  definitions: readonly ResourceDefinition[],
): readonly ManifestProblem[] {
  const first = new Map<string, ManifestDocument>();
  return files
    .flatMap(({ documents }) => documents)
    .flatMap((document) => [
      ...duplicateProblems(document, first),
      ...checkDocument(document, definitions),
    ]);
}

/** @param first - The first document of each identity; filled in as documents come by. */
function duplicateProblems(
  document: ManifestDocument,
  first: Map<string, ManifestDocument>,
): ManifestProblem[] {
  const identity = identityOf(document.ref);
  const earlier = first.get(identity);
  if (earlier === undefined) {
    first.set(identity, document);
    return [];
  }
  const { kind, namespace, name } = document.ref;
  const subject = `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
  const place = `${earlier.file}:${earlier.line}:${earlier.column}`;
  const message = `${subject} is already defined at ${place}: remove one of the two`;
  return [problemAt(document, "metadata.name", message)];
}

/** Without the version: an object is the same one in every version of its kind. */
function identityOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return JSON.stringify([group, kind, namespace, name]);
}

function checkDocument(
  document: ManifestDocument,
  definitions: readonly ResourceDefinition[],
): ManifestProblem[] {
  const { apiVersion, kind } = document.ref;
  const definition = definitions.find(
    (candidate) => candidate.kind === kind && apiVersionOf(candidate) === apiVersion,
  );
  if (definition === undefined) return [unknownKind(document, definitions)];
  const object = withAbsoluteSource(document.object, (path) =>
    isAbsolutePath(path) ? path : `/${path}`,
  );
  return review(definition, object).faults.map((fault) => toProblem(document, fault));
}

function unknownKind(
  document: ManifestDocument,
  definitions: readonly ResourceDefinition[],
): ManifestProblem {
  const { apiVersion, kind } = document.ref;
  const text = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
  const sameKind = definitions.find((definition) => definition.kind === kind);
  if (sameKind !== undefined) {
    const hint = JSON.stringify(apiVersionOf(sameKind));
    return problemAt(document, "apiVersion", `${text}, did you mean ${hint}?`);
  }
  const kinds = definitions
    .filter((definition) => apiVersionOf(definition) === apiVersion)
    .map((definition) => definition.kind);
  const nearest = nearestName(kind, kinds.length > 0 ? kinds : definitions.map((it) => it.kind));
  const hint = nearest === undefined ? "" : `, did you mean ${JSON.stringify(nearest)}?`;
  return problemAt(document, "kind", `${text}${hint}`);
}

function toProblem(document: ManifestDocument, fault: ErrorCause): ManifestProblem {
  return problemAt(document, fault.field, fault.message, isUnknownField(fault) ? "key" : "value");
}

function problemAt(
  document: ManifestDocument,
  path: string,
  message: string,
  ...part: ["key" | "value"] | []
): ManifestProblem {
  const { file, ref } = document;
  return { file, ...document.locate(path, ...part), path, message, ref };
}
