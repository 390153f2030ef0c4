import type { Duplex } from "node:stream";
import { errnoOf } from "../base/errors.ts";
import { StatusError, toStatus } from "./status-error.ts";

/** Of a request's line and header fields. */
export const HEADER_MAX_BYTES = 64 * 1024;

/** Answers what is not HTTP, or too much or too slow of it, when there is still someone to answer. */
export function refuseGarbage(error: Error, socket: Duplex): void {
  if (!socket.writable || errnoOf(error) === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = toStatus(protocolError(errnoOf(error)));
  const body = JSON.stringify(status);
  socket.end(
    [
      `HTTP/1.1 ${status.code} ${status.reason ?? ""}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

function protocolError(code: string | undefined): StatusError {
  if (code === "HPE_HEADER_OVERFLOW")
    return new StatusError(
      431,
      "RequestHeaderFieldsTooLarge",
      `the header of the request is larger than ${HEADER_MAX_BYTES} bytes`,
    );
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new StatusError(408, "Timeout", "the request did not arrive in time; send it again");
  return new StatusError(400, "BadRequest", "the request is not valid HTTP");
}
