import jsonPatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { isJsonObject } from "./checked-json.ts";
import { badRequest, StatusError } from "./status-error.ts";

/** kube-apiserver's limit. */
const MAX_OPERATIONS = 10_000;
/** All copies of one patch together, since each may double the document. */
const MAX_COPIED_CHARACTERS = 3 * 1024 * 1024;

const OPERATIONS = new Set<unknown>(["add", "remove", "replace", "move", "copy", "test"]);

/**
 * JSON patch, RFC 6902, all operations or none. Throws BadRequest when `patch` is no patch, and
 * 422 Invalid, as Kubernetes does, when it does not fit `target` or one of its tests fails.
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  const operations = checkOperations(patch);
  let document: unknown = structuredClone(target);
  let copied = 0;
  for (const [index, operation] of operations.entries()) {
    try {
      if (operation.op === "copy") copied += sizeAt(document, operation.from);
      if (copied > MAX_COPIED_CHARACTERS) throw new RangeError("its copies are too large");
      document = jsonPatch.applyOperation(document, operation, true).newDocument;
    } catch (thrown) {
      throw rejected(operation, index, thrown);
    }
  }
  // Encoding drops whatever is not JSON, such as an inherited function that a path led to.
  return JSON.parse(JSON.stringify(document ?? null)) as unknown;
}

function checkOperations(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch must be an array of operations");
  if (patch.length > MAX_OPERATIONS)
    throw new StatusError(
      413,
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  for (const [index, operation] of patch.entries())
    if (!isJsonObject(operation) || !OPERATIONS.has(operation["op"]))
      throw badRequest(
        `operation ${index} of the JSON patch must have an op: add, remove, replace, move, copy or test`,
      );
  return patch as readonly Operation[];
}

function sizeAt(document: unknown, pointer: string): number {
  return JSON.stringify(jsonPatch.getValueByPointer(document, pointer))?.length ?? 0;
}

function rejected(operation: Operation, index: number, thrown: unknown): StatusError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  // fast-json-patch appends the whole document to its messages.
  const [reason = "it failed"] = text.split("\n");
  return new StatusError(
    422,
    "Invalid",
    `the server rejected our request due to an error in our request: operation ${index} of the JSON patch, ${operation.op} ${JSON.stringify(operation.path)}: ${reason}`,
  );
}
