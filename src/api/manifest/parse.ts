import { allDefinitions } from "../definitions.ts";
import { parseFieldPath, toFieldPath, type PathSegment } from "../field-path.ts";
import { DEFAULT_NAMESPACE, type InputObject, type ObjectRef } from "../meta.ts";
import { apiVersionOf } from "../resource-definition.ts";
import { guessRef } from "./guess-ref.ts";
import type { ManifestDocument, ParsedFile } from "./manifest-document.ts";
import type { ManifestProblem } from "./problem.ts";
import { readDocuments, type ReadDocument } from "./read-documents.ts";

/** Problems that are told of one file; one more says that there are others. */
const MAX_PROBLEMS = 1_000;

/**
 * Reads the objects of a manifest: YAML with any number of documents, JSON, and lists of either.
 * What is wrong is in `problems`, and concerns only the document it stands in; nothing is thrown.
 * Schemas are not asked here, see checkManifests.
 *
 * @param file - Its name, for problems.
 */
export function parseManifests(text: string | Uint8Array, file: string): ParsedFile {
  const items = readDocuments(text).flatMap(toItems);
  const results = items.map((item) => toResult(item, file));
  return {
    file,
    documents: results.flatMap(({ document }) => (document === undefined ? [] : [document])),
    problems: bounded(results.flatMap(({ problems }) => problems)),
  };
}

/** A document, or one item of a document that is a list. */
interface Item {
  readonly read: ReadDocument;
  readonly value: unknown;
  readonly path: readonly PathSegment[];
}

interface Result {
  readonly document?: ManifestDocument;
  readonly problems: readonly ManifestProblem[];
}

function toItems(read: ReadDocument): readonly Item[] {
  if (read.faults.length > 0) return [{ read, value: read.value, path: [] }];
  return read.value === undefined ? [] : expandList({ read, value: read.value, path: [] });
}

/** `kind: List`, or a typed list such as PluginList, as kubectl takes them. */
function expandList(item: Item): readonly Item[] {
  if (!isRecord(item.value)) return [item];
  const { kind, items } = item.value;
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [item];
  return items.flatMap((value: unknown, index) =>
    expandList({ read: item.read, value, path: [...item.path, "items", index] }),
  );
}

function toResult(item: Item, file: string): Result {
  const { read, value, path } = item;
  if (read.faults.length > 0) {
    const ref = withNamespace(guessRef(value, read.text));
    const problems = read.faults.map((fault) => ({ file, ...fault, ...(ref && { ref }) }));
    return { problems };
  }
  const faults = identityFaults(value);
  if (faults.length > 0 || !isRecord(value)) {
    const problems = faults.map(({ field, message }) => {
      const position = read.locate([...path, ...parseFieldPath(field)]);
      return { file, ...position, path: toFieldPath([...path, ...parseFieldPath(field)]), message };
    });
    return { problems };
  }
  return { document: toDocument(item, value, file), problems: [] };
}

function toDocument(
  { read, path }: Item,
  value: Readonly<Record<string, unknown>>,
  file: string,
): ManifestDocument {
  const object = inNamespace(value as unknown as InputObject);
  const { apiVersion, kind, metadata } = object;
  const namespace = isNamespaced(object) ? (metadata.namespace ?? DEFAULT_NAMESPACE) : "";
  return {
    ref: { apiVersion, kind, namespace, name: metadata.name },
    object,
    file,
    ...(path.length === 0 ? read.start : read.locate(path)),
    locate: (fieldPath, part) => read.locate([...path, ...parseFieldPath(fieldPath)], part),
  };
}

/** What is missing to tell which object a document is about. */
function identityFaults(value: unknown): readonly { field: string; message: string }[] {
  if (!isRecord(value))
    return [{ field: "", message: "must be an object with apiVersion, kind and metadata" }];
  const { apiVersion, kind, metadata } = value;
  const faults = [...textFaults("apiVersion", apiVersion), ...textFaults("kind", kind)];
  if (metadata === undefined || metadata === null)
    return [...faults, { field: "metadata.name", message: "Required value" }];
  if (!isRecord(metadata)) return [...faults, { field: "metadata", message: "must be an object" }];
  const { name, namespace } = metadata;
  return [
    ...faults,
    ...textFaults("metadata.name", name),
    ...(namespace === undefined || namespace === null
      ? []
      : textFaults("metadata.namespace", namespace)),
  ];
}

function textFaults(field: string, value: unknown): { field: string; message: string }[] {
  if (value === undefined || value === null || value === "")
    return [{ field, message: "Required value" }];
  if (typeof value === "string") return [];
  return [{ field, message: `must be a text: put it in quotes` }];
}

function inNamespace(object: InputObject): InputObject {
  if (!isNamespaced(object) || typeof object.metadata.namespace === "string") return object;
  return { ...object, metadata: { ...object.metadata, namespace: DEFAULT_NAMESPACE } };
}

function withNamespace(ref: ObjectRef | undefined): ObjectRef | undefined {
  if (ref === undefined || isNamespaced(ref)) return ref;
  return { ...ref, namespace: "" };
}

/** A kind that is not known is taken for a namespaced one, as nearly all are. */
function isNamespaced({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  const definition = allDefinitions.find(
    (candidate) => candidate.kind === kind && apiVersionOf(candidate) === apiVersion,
  );
  return definition?.namespaced ?? true;
}

function bounded(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  const [first, last] = [problems[0], problems[MAX_PROBLEMS]];
  if (first === undefined || last === undefined) return problems;
  const { file, line, column } = last;
  const message = `${problems.length - MAX_PROBLEMS} more problems are not shown`;
  return [...problems.slice(0, MAX_PROBLEMS), { file, line, column, path: "", message }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
