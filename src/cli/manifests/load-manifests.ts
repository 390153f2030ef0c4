import { resolve } from "node:path";
import type { ManifestDocument } from "../../api/manifest/manifest-document.ts";
import { formatProblem, type ManifestProblem } from "../../api/manifest/problem.ts";
import { withAbsoluteSource } from "../../api/manifest/source-path.ts";
import { DEFAULT_NAMESPACE } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import { type Resource, resourceOfKind } from "../../client/resources.ts";
import type { ManifestFile } from "./manifest-files.ts";

/** One object of a manifest, as it is sent. */
export interface LocalObject {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly document: ManifestDocument;
}

/** Several faults of manifests, one a line, as one error. */
export class ManifestFaults extends PortunixError {
  constructor(lines: readonly string[], consequence: string) {
    const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
    super("ManifestInvalid", `${count} in the manifests; ${consequence}\n${lines.join("\n")}`);
  }
}

/** Parses all files; every fault of every file is in the one error that this throws. */
export async function loadManifests(
  files: readonly ManifestFile[],
  options: { readonly namespace: string; readonly consequence: string },
): Promise<readonly LocalObject[]> {
  const { parseManifests } = await import("../../api/manifest/parse.ts");
  const problems: ManifestProblem[] = [];
  const objects: LocalObject[] = [];
  for (const file of files) {
    const parsed = parseManifests(file.bytes, file.name);
    problems.push(...parsed.problems);
    for (const document of parsed.documents) {
      const local = toLocalObject(document, file, options.namespace);
      if ("message" in local) problems.push(local);
      else objects.push(local);
    }
  }
  problems.push(...duplicates(objects));
  if (problems.length > 0)
    throw new ManifestFaults(problems.map(formatProblem), options.consequence);
  return objects;
}

function toLocalObject(
  document: ManifestDocument,
  file: ManifestFile,
  namespace: string,
): LocalObject | ManifestProblem {
  const { apiVersion, kind, name } = document.ref;
  const resource = resourceOfKind(apiVersion, kind);
  if (resource === undefined) {
    return problemAt(document, "kind", `there is no kind "${kind}" in ${apiVersion}`);
  }
  const isUnset = document.ref.namespace === DEFAULT_NAMESPACE;
  const place = isUnset ? namespace : document.ref.namespace;
  if (namespace !== DEFAULT_NAMESPACE && resource.namespaced && place !== namespace) {
    const message = `is "${place}", which is not the namespace asked for by -n: ${namespace}`;
    return problemAt(document, "metadata.namespace", message);
  }
  return { resource, namespace: place, name, document, object: complete(document, file, place) };
}

/** With its namespace, and with paths that mean the same wherever they are read. */
function complete(
  { object }: ManifestDocument,
  file: ManifestFile,
  namespace: string,
): Readonly<Record<string, unknown>> {
  const { metadata, ...rest } = withAbsoluteSource(object, (path) => resolve(file.directory, path));
  return { ...rest, metadata: namespace === "" ? metadata : { ...metadata, namespace } };
}

function problemAt(document: ManifestDocument, path: string, message: string): ManifestProblem {
  return { file: document.file, ...document.locate(path), path, message };
}

function duplicates(objects: readonly LocalObject[]): ManifestProblem[] {
  const first = new Map<string, LocalObject>();
  return objects.flatMap((object) => {
    const key = `${object.resource.plural}/${object.namespace}/${object.name}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, object);
    return before === undefined ? [] : [duplicate(object, before)];
  });
}

function duplicate({ document, name }: LocalObject, before: LocalObject): ManifestProblem {
  const { file, line, column } = before.document;
  const message = `${document.ref.kind} "${name}" is already defined at ${file}:${line}:${column}; remove one of the two`;
  return problemAt(document, "metadata.name", message);
}
