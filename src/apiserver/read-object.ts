import type { IncomingMessage } from "node:http";
import { contentTypeOf, decodeText, readBytes, unsupportedMediaType } from "./body.ts";
import { checkShape, parseCheckedJson } from "./checked-json.ts";
import { decodeObject, PROTOBUF } from "./protobuf/decode-object.ts";

/**
 * Reads a body that is one object: JSON, or a built-in kind as protobuf. What it returns is safe
 * for recursive code. Throws BadRequest, UnsupportedMediaType, RequestTooLarge, or ManifestInvalid
 * for a shape that is not safe.
 */
export async function readObject(request: IncomingMessage): Promise<unknown> {
  checkType(request);
  return parse(request, await readBytes(request));
}

/** As {@link readObject}; undefined for an empty body, whatever its type. */
export async function readOptionalObject(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  checkType(request);
  return parse(request, bytes);
}

const JSON_TYPE = "application/json";

function checkType(request: IncomingMessage): void {
  if (!["", JSON_TYPE, PROTOBUF].includes(contentTypeOf(request)))
    throw unsupportedMediaType([JSON_TYPE, PROTOBUF]);
}

function parse(request: IncomingMessage, bytes: Buffer): unknown {
  if (contentTypeOf(request) === PROTOBUF) return checkShape(decodeObject(bytes));
  return parseCheckedJson(decodeText(bytes));
}
