import { PortunixError } from "../base/errors.ts";
import type { WatchLine, WatchOptions } from "./api-client.ts";
import { query, TABLE_ACCEPT } from "./query.ts";
import { pathOf, type Resource } from "./resources.ts";
import { errorFromStatus } from "./status-error.ts";
import type { Transport } from "./transport.ts";

const LINE_MAX_BYTES = 32 * 1024 * 1024;

/** One watch connection. Ends with it; rejects when the server says ERROR (Expired at 410). */
export async function* openWatch(
  transport: Transport,
  resource: Resource,
  options: WatchOptions,
): AsyncGenerator<WatchLine> {
  const { labelSelector, fieldSelector, resourceVersion } = options;
  const parameters = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion,
    labelSelector,
    fieldSelector,
  };
  const body = await transport.stream({
    method: "GET",
    path: pathOf(resource, options.namespace) + query(parameters),
    ...(options.asTable ? { accept: TABLE_ACCEPT } : {}),
    signal: options.signal,
  });
  options.onOpen?.();
  for await (const line of linesOf(body)) yield toEvent(line);
}

function toEvent(line: string): WatchLine {
  const event = JSON.parse(line) as { type: string; object: { code?: number } };
  if (event.type === "ERROR") {
    throw errorFromStatus(event.object.code ?? 500, JSON.stringify(event.object));
  }
  return event as WatchLine;
}

/** Splits bytes at newlines; a last line without one is half-written and left out. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString("utf8");
      [rest, size, start] = [[], 0, end + 1];
      if (line.trim() !== "") yield line;
    }
    rest.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > LINE_MAX_BYTES)
      throw new PortunixError("RequestTooLarge", "a line of the watch is too long");
  }
}
