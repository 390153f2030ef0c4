import type { ServerResponse } from "node:http";
import type { KubernetesStatus } from "./status-error.ts";

/** An answer with a Content-Type of its own; a value that is neither text nor bytes is sent as JSON. */
export interface Reply {
  readonly contentType: string;
  readonly value: unknown;
}

export function sendReply(
  response: ServerResponse,
  code: number,
  { contentType, value }: Reply,
): void {
  if (response.headersSent || response.destroyed) return;
  const isReady = typeof value === "string" || value instanceof Uint8Array;
  const body = isReady ? value : JSON.stringify(value);
  response.writeHead(code, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-cache, private",
  });
  response.end(body);
}

/** Answers with JSON that is encoded already. */
export function sendText(response: ServerResponse, code: number, json: string | Uint8Array): void {
  sendReply(response, code, { contentType: "application/json", value: json });
}

export function sendJson(response: ServerResponse, code: number, value: unknown): void {
  sendText(response, code, JSON.stringify(value));
}

export function sendStatus(response: ServerResponse, status: KubernetesStatus): void {
  sendJson(response, status.code, status);
}
