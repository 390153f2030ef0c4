import type { ServerResponse } from "node:http";
import type { ApiContext } from "../api-context.ts";
import type { Connector, ConnectorReply } from "../ports.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { findObject } from "./get.ts";

/** A subresource that answers by itself: its body goes out at the client's pace. */
export async function connect(
  request: ObjectRequest,
  context: ApiContext,
  connector: Connector,
): Promise<void> {
  const { response, query } = request;
  const object = findObject(request, context);
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  response.on("close", abort);
  context.openStreams.add(abort);
  try {
    const reply = await connector.handle({ object, query, signal: gone.signal });
    await sendReply(response, reply, gone.signal);
  } finally {
    context.openStreams.delete(abort);
    response.off("close", abort);
  }
}

async function sendReply(
  response: ServerResponse,
  { contentType, body }: ConnectorReply,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { "content-type": contentType, "cache-control": "no-cache, private" });
  if (typeof body === "string") {
    response.end(body);
    return;
  }
  response.flushHeaders();
  for await (const chunk of body) {
    if (response.destroyed || signal.aborted) break;
    if (!response.write(chunk)) await roomOrGone(response);
  }
  response.end();
}

/** Resolves when the client has read enough, or will read no more. */
function roomOrGone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
    if (response.destroyed) done();
  });
}
