import type { IncomingMessage } from "node:http";
import { readDocuments } from "../api/manifest/read-documents.ts";
import { readBody } from "./body.ts";
import { checkShape } from "./checked-json.ts";
import { badRequest } from "./status-error.ts";

/**
 * Reads the one document of an apply: YAML, or JSON, which is YAML too. What it returns is safe for
 * recursive code. Throws BadRequest, RequestTooLarge, or ManifestInvalid for a shape that is not safe.
 */
export async function readAppliedDocument(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request);
  return checkShape(parseJson(text) ?? parseYaml(text));
}

/** What clients send is nearly always JSON, which is far quicker read as such. */
function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function parseYaml(text: string): unknown {
  const documents = readDocuments(text).filter(
    ({ value, faults }) => value !== undefined || faults.length > 0,
  );
  const [document] = documents;
  const [fault] = documents.flatMap(({ faults }) => faults);
  if (fault !== undefined)
    throw badRequest(`error decoding YAML: ${fault.line}:${fault.column}: ${fault.message}`);
  if (document === undefined || documents.length > 1)
    throw badRequest(`error decoding YAML: one document expected, found ${documents.length}`);
  return document.value;
}
