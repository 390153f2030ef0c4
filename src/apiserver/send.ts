import type { ServerResponse } from "node:http";
import type { KubernetesStatus } from "./status-error.ts";

/** An answer with a Content-Type of its own; a value that is not text is sent as JSON. */
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
  const text = typeof value === "string" ? value : JSON.stringify(value);
  response.writeHead(code, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-cache, private",
  });
  response.end(text);
}

/** Answers with JSON that is encoded already. */
export function sendText(response: ServerResponse, code: number, json: string): void {
  sendReply(response, code, { contentType: "application/json", value: json });
}

export function sendJson(response: ServerResponse, code: number, value: unknown): void {
  sendText(response, code, JSON.stringify(value));
}

export function sendStatus(response: ServerResponse, status: KubernetesStatus): void {
  sendJson(response, status.code, status);
}
