import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { errnoOf, PortunixError } from "../base/errors.ts";
import { errorFromStatus } from "./status-error.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** HTTP over the daemon's unix socket. Answers other than 2xx reject with the error of their `Status`. */
export interface Transport {
  /** The whole body. */
  send(request: ApiRequest): Promise<string>;
  /** The body as it comes; ends when the server ends it. */
  stream(request: ApiRequest): Promise<AsyncIterable<Buffer>>;
  /** Whether the daemon has answered any request yet. */
  wasReached(): boolean;
  close(): void;
}

export interface TransportOptions {
  readonly socketPath: string;
  /** Told each `Warning` header's text. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** Longest silence of the daemon before a request has failed. Streams have no such limit. */
const IDLE_TIMEOUT_MS = 60_000;
const REPLY_MAX_BYTES = 512 * 1024 * 1024;
const MAX_CONNECTIONS = 8;

export function createTransport({ socketPath, onWarning }: TransportOptions): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  let wasReached = false;
  const open = async (request: ApiRequest, isStream: boolean): Promise<IncomingMessage> => {
    const reply = await exchange(request, { socketPath, agent, isStream });
    wasReached = true;
    for (const text of warningsOf(reply)) onWarning?.(text);
    const status = reply.statusCode ?? 0;
    if (status < 200 || status > 299) throw errorFromStatus(status, await readAll(reply));
    return reply;
  };
  return {
    send: async (request) => readAll(await open(request, false)),
    stream: (request) => open(request, true),
    wasReached: () => wasReached,
    close: () => agent.destroy(),
  };
}

interface Channel {
  readonly socketPath: string;
  readonly agent: Agent;
  readonly isStream: boolean;
}

function exchange(request: ApiRequest, channel: Channel): Promise<IncomingMessage> {
  const { promise, resolve, reject } = deferred<IncomingMessage>();
  const outgoing = httpRequest(
    {
      socketPath: channel.socketPath,
      // A stream keeps its connection to itself, so that abandoning it costs no other request.
      agent: channel.isStream ? false : channel.agent,
      method: request.method,
      path: request.path,
      headers: headersOf(request),
      ...(channel.isStream ? {} : { timeout: IDLE_TIMEOUT_MS }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    },
    resolve,
  );
  outgoing.on("timeout", () => outgoing.destroy(timeoutError(channel.socketPath)));
  outgoing.on("error", (thrown) => reject(toUnreachable(thrown, channel.socketPath)));
  outgoing.end(request.body);
  return promise;
}

function headersOf({ accept, contentType, body }: ApiRequest): Record<string, string | number> {
  return {
    host: "localhost",
    accept: accept ?? "application/json",
    "user-agent": "portunix",
    ...(body === undefined
      ? {}
      : {
          "content-type": contentType ?? "application/json",
          "content-length": Buffer.byteLength(body),
        }),
  };
}

async function readAll(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REPLY_MAX_BYTES) {
      throw new PortunixError(
        "RequestTooLarge",
        `the daemon's answer is over ${REPLY_MAX_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The text of `299 - "text"`. */
function warningsOf(reply: IncomingMessage): string[] {
  const header = reply.headers["warning"];
  if (header === undefined) return [];
  const texts = header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...texts].map((match) => (match[1] ?? "").replaceAll(/\\(.)/g, "$1"));
}

function toUnreachable(thrown: unknown, socketPath: string): unknown {
  if (thrown instanceof PortunixError) return thrown;
  const errno = errnoOf(thrown);
  if (errno === "EACCES" || errno === "EPERM") {
    return new PortunixError(
      "PermissionDenied",
      `cannot connect to ${socketPath}: it belongs to another user; set PORTUNIX_HOME to a directory of your own`,
      { cause: thrown },
    );
  }
  if (thrown instanceof Error && thrown.name === "AbortError") return thrown;
  const why = errno === "ENOENT" || errno === "ECONNREFUSED" ? "nothing listens there" : errno;
  return new PortunixError(
    "DaemonUnreachable",
    `cannot reach the daemon at ${socketPath}: ${why ?? String(thrown)}; start one with: portunix daemon start`,
    { cause: thrown },
  );
}

function timeoutError(socketPath: string): PortunixError {
  return new PortunixError(
    "DaemonUnreachable",
    `the daemon at ${socketPath} has not answered for ${IDLE_TIMEOUT_MS / 1000} seconds; see: portunix daemon status`,
  );
}

/** Promise.withResolvers, which Node 20 lacks. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
