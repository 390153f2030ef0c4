import { resolve } from "node:path";
import type { ManifestDocument } from "../../api/manifest/manifest-document.ts";
import { formatProblem, type ManifestProblem } from "../../api/manifest/problem.ts";
import { withAbsoluteSource } from "../../api/manifest/source-path.ts";
import { DEFAULT_NAMESPACE } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import { type Resource, resourceOfKind } from "../../client/resources.ts";
import type { ManifestFile } from "./manifest-files.ts";
import type { ParseCache, ParsedDocument } from "./parse-cache.ts";

/** One object of a manifest, as it is sent. */
export interface LocalObject {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** The document, parsed anew where it came from the cache: for places in the text. */
  readonly document: () => Promise<ManifestDocument>;
}

/** Several faults of manifests, one a line, as one error. */
export class ManifestFaults extends PortunixError {
  constructor(lines: readonly string[], consequence: string) {
    const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
    super("ManifestInvalid", `${count} in the manifests; ${consequence}\n${lines.join("\n")}`);
  }
}

export interface LoadOptions {
  readonly namespace: string;
  /** What follows from a fault, such as `nothing was applied`. */
  readonly consequence: string;
  readonly cache?: ParseCache;
}

/** Parses all files; every fault of every file is in the one error that this throws. */
export async function loadManifests(
  files: readonly ManifestFile[],
  options: LoadOptions,
): Promise<readonly LocalObject[]> {
  const cached = fromCache(files, options);
  if (cached !== undefined) return cached;
  const { parseManifests } = await import("../../api/manifest/parse.ts");
  const problems: ManifestProblem[] = [];
  const objects: Loaded[] = [];
  for (const file of files) {
    const parsed = parseManifests(file.bytes, file.name);
    problems.push(...parsed.problems);
    if (parsed.problems.length === 0) options.cache?.put(textOf(file), parsed.documents);
    for (const document of parsed.documents) {
      const place = placeOf(document, options.namespace);
      if ("message" in place) problems.push(problemAt(document, place));
      else objects.push({ ...toLocalObject(document, file, place), parsed: document });
    }
  }
  problems.push(...duplicates(objects).map(({ parsed, problem }) => problemAt(parsed, problem)));
  if (problems.length > 0) {
    const { documentProblems } = await import("../validate/check-offline.ts");
    const lines = uniquePlaces([...documentProblems(files), ...problems]).map(formatProblem);
    throw new ManifestFaults(lines, options.consequence);
  }
  if (files.length > 0 && objects.length === 0) throw nothingIn(files, options.consequence);
  return objects.map(({ parsed, ...local }) => ({
    ...local,
    document: () => Promise.resolve(parsed),
  }));
}

/** One fault a place: the two checks say the same in other words. */
function uniquePlaces(problems: readonly ManifestProblem[]): ManifestProblem[] {
  const byPlace = new Map<string, ManifestProblem>();
  for (const problem of problems) {
    const { file, line, column, path } = problem;
    const place = `${file}:${line}:${column} ${path}`;
    if (!byPlace.has(place)) byPlace.set(place, problem);
  }
  return [...byPlace.values()];
}

/** An empty file is rather a mistake than a wish for nothing, and silence would hide it. */
function nothingIn(files: readonly ManifestFile[], consequence: string): PortunixError {
  const names = files.slice(0, 3).map(({ name }) => name);
  const rest = files.length > names.length ? ` and ${files.length - names.length} more` : "";
  return new PortunixError(
    "ManifestInvalid",
    `${names.join(", ")}${rest}: no object in it; ${consequence}. An object has apiVersion, kind, metadata and spec`,
  );
}

type Loaded = Omit<LocalObject, "document"> & { readonly parsed: ManifestDocument };

/** Undefined where a file is not in the cache, or anything is wrong: then the text must be read. */
function fromCache(
  files: readonly ManifestFile[],
  { cache, namespace }: LoadOptions,
): LocalObject[] | undefined {
  if (cache === undefined) return undefined;
  const objects: LocalObject[] = [];
  for (const file of files) {
    const documents = cache.get(textOf(file));
    if (documents === undefined) return undefined;
    for (const [index, document] of documents.entries()) {
      const place = placeOf(document, namespace);
      if ("message" in place) return undefined;
      const local = toLocalObject(document, file, place);
      objects.push({ ...local, document: () => parseAgain(file, index) });
    }
  }
  return duplicates(objects).length > 0 ? undefined : objects;
}

async function parseAgain(file: ManifestFile, index: number): Promise<ManifestDocument> {
  const { parseManifests } = await import("../../api/manifest/parse.ts");
  const document = parseManifests(file.bytes, file.name).documents[index];
  if (document === undefined) throw new RangeError(`${file.name} has no document ${index}`);
  return document;
}

function textOf({ bytes }: ManifestFile): string {
  return Buffer.from(bytes).toString("utf8");
}

interface Place {
  readonly resource: Resource;
  readonly namespace: string;
}

interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** Which resource and namespace a document belongs to. */
function placeOf({ ref }: ParsedDocument, namespace: string): Place | FieldProblem {
  const resource = resourceOfKind(ref.apiVersion, ref.kind);
  if (resource === undefined) {
    return { path: "kind", message: `there is no kind "${ref.kind}" in ${ref.apiVersion}` };
  }
  const place = ref.namespace === DEFAULT_NAMESPACE ? namespace : ref.namespace;
  if (namespace !== DEFAULT_NAMESPACE && resource.namespaced && place !== namespace) {
    const message = `is "${place}", which is not the namespace asked for by -n: ${namespace}`;
    return { path: "metadata.namespace", message };
  }
  return { resource, namespace: place };
}

function toLocalObject(document: ParsedDocument, file: ManifestFile, place: Place) {
  const object = complete(document, file, place.namespace);
  return { ...place, name: document.ref.name, object };
}

/** With its namespace, and with paths that mean the same wherever they are read. */
function complete(
  { object }: ParsedDocument,
  file: ManifestFile,
  namespace: string,
): Readonly<Record<string, unknown>> {
  const { metadata, ...rest } = withAbsoluteSource(object, (path) => resolve(file.directory, path));
  return { ...rest, metadata: namespace === "" ? metadata : { ...metadata, namespace } };
}

function problemAt(document: ManifestDocument, { path, message }: FieldProblem): ManifestProblem {
  return { file: document.file, ...document.locate(path), path, message };
}

/** Each object whose identity an earlier one has. */
function duplicates<T extends Omit<LocalObject, "document">>(
  objects: readonly T[],
): (T & { readonly problem: FieldProblem })[] {
  const first = new Map<string, T>();
  return objects.flatMap((object) => {
    const key = `${object.resource.plural}/${object.namespace}/${object.name}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, object);
    return before === undefined ? [] : [{ ...object, problem: duplicateOf(before) }];
  });
}

function duplicateOf(before: object): FieldProblem {
  const { parsed } = before as Partial<Loaded>;
  const where = parsed === undefined ? "" : ` at ${parsed.file}:${parsed.line}:${parsed.column}`;
  return { path: "metadata.name", message: `is already defined${where}; remove one of the two` };
}
