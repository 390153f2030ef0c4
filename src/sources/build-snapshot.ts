import type { SourceDocument, SourceProblem, SourceSnapshot } from "../api/source-snapshot.ts";
import type { ParsedFile } from "./manifest-cache.ts";

/**
 * One snapshot of many files. An identity that two files (or one file twice) claim is a problem at
 * each of its places, and none of them counts; neither does a document that a problem names.
 */
export function buildSnapshot(
  source: Pick<SourceSnapshot, "sourceId" | "complete" | "reason">,
  parts: readonly ParsedFile[],
  otherProblems: readonly SourceProblem[],
): SourceSnapshot {
  const found = [...otherProblems, ...parts.flatMap(({ problems }) => problems)];
  const documents = parts.flatMap((part) => part.documents);
  const problems = [...found, ...duplicates(documents)];
  const bad = new Set(
    problems.flatMap(({ ref }) => (ref === undefined ? [] : [identity({ ref })])),
  );
  return {
    ...source,
    files: parts.length,
    documents: documents.filter((document) => !bad.has(identity(document))),
    problems,
  };
}

function duplicates(documents: readonly SourceDocument[]): SourceProblem[] {
  const places = new Map<string, SourceDocument[]>();
  for (const document of documents) {
    const group = places.get(identity(document));
    if (group === undefined) places.set(identity(document), [document]);
    else group.push(document);
  }
  return [...places.values()].flatMap((group) =>
    group.length === 1 ? [] : group.map((document) => duplicate(document, group)),
  );
}

const OTHERS_MAX = 3;

function duplicate(document: SourceDocument, group: readonly SourceDocument[]): SourceProblem {
  const { ref, file, line } = document;
  const others = group.filter((other) => other !== document).slice(0, OTHERS_MAX);
  const places = others.map((other) => `${other.file}:${other.line}`).join(", ");
  const message = `${ref.kind} "${ref.name}" is defined here and at ${places}; remove all but one`;
  return { ref, file, line, column: 1, message };
}

function identity({ ref }: Pick<SourceDocument, "ref">): string {
  return `${ref.apiVersion}/${ref.kind}/${ref.namespace}/${ref.name}`;
}
