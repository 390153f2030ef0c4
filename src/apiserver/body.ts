import type { IncomingMessage } from "node:http";
import { PortunixError } from "../base/errors.ts";
import { parseMediaType } from "./accept.ts";
import { badRequest } from "./status-error.ts";

/** etcd's and so kube-apiserver's limit for one request, 3 MiB. */
export const BODY_MAX_BYTES = 3 * 1024 * 1024;

/** Up to here a body that is too large is read and thrown away, so that its sender hears the answer. */
const DRAIN_MAX_BYTES = 32 * 1024 * 1024;

/** Reads a request's body as UTF-8. Throws RequestTooLarge above {@link BODY_MAX_BYTES}. */
export async function readBody(request: IncomingMessage): Promise<string> {
  return decodeText(await readBytes(request));
}

/** As {@link readBody}, undecoded. */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > DRAIN_MAX_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // An iterator that destroyed the request on leaving would take the answer along.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > DRAIN_MAX_BYTES) throw tooLarge();
    if (size <= BODY_MAX_BYTES) chunks.push(bytes);
  }
  if (size > BODY_MAX_BYTES) throw tooLarge();
  return Buffer.concat(chunks);
}

/** The media type of the body, in lower case and without parameters; empty when not given. */
export function contentTypeOf(request: IncomingMessage): string {
  return parseMediaType(request.headers["content-type"] ?? "").type;
}

export function unsupportedMediaType(accepted: readonly string[]): PortunixError {
  return new PortunixError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

/** Throws BadRequest when it is not UTF-8. */
export function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badRequest("the body of the request is not valid UTF-8");
  }
}

function tooLarge(): PortunixError {
  return new PortunixError(
    "RequestTooLarge",
    `Request entity too large: limit is ${BODY_MAX_BYTES} bytes`,
  );
}
