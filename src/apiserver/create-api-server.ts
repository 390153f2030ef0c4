import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { checkAccess } from "./access/check-access.ts";
import type { User } from "./access/ports.ts";
import { roleAuthorizer, SOCKET_USER } from "./access/role-authorizer.ts";
import { listenTls, type TlsServer, type TlsServerOptions } from "./access/tls-server.ts";
import type { ApiContext, ApiServerOptions } from "./api-context.ts";
import type { Exchange } from "./exchange.ts";
import { ListCache } from "./list-cache.ts";
import { ObjectJson } from "./object-json.ts";
import { HEADER_MAX_BYTES, refuseGarbage } from "./refuse-garbage.ts";
import { OpenApi } from "./openapi/open-api.ts";
import { parsePath } from "./request-path.ts";
import { route } from "./router.ts";
import { sendStatus } from "./send.ts";
import type { Subject } from "./status-error.ts";
import { toStatus } from "./status-error.ts";
import { listenOnSocket } from "./unix-socket.ts";
import { WatchEncoder } from "./watch-encoder.ts";

const WARNING_MAX_CHARS = 1024;
const MAX_CONNECTIONS = 2_000;
/** For a request's head and body to arrive; what a handler streams is not bound by it. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;
/** What a client has to take the end of its stream before its connection is cut. */
const CLOSE_GRACE_MS = 2_000;

/** Serves the resource API. Whoever creates it closes it. */
export interface ApiServer {
  /** The request handler by itself, to be mounted on another listener. */
  handle(request: IncomingMessage, response: ServerResponse, user: User): void;
  /** Listens on a unix socket. Throws a PortunixError: too long a path, another daemon, no access. */
  listen(socketPath: string): Promise<void>;
  /** Listens for TLS with bearer tokens too; at most once. Throws a PortunixError: cannot listen there. */
  listenTls(options: Omit<TlsServerOptions, "handle" | "clock">): Promise<TlsServer>;
  /** Stops listening, ends watches and logs, and cuts what has not ended within two seconds. */
  close(): Promise<void>;
}

/**
 * The resource API, by the Kubernetes REST conventions, over any kinds that are given as data.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const context = contextOf(options);
  const handle: ApiServer["handle"] = (request, response, user) =>
    void answer({ request, response, user }, context);
  const server = createServer(
    {
      maxHeaderSize: HEADER_MAX_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    (request, response) => handle(request, response, SOCKET_USER),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on("clientError", refuseGarbage);
  let isClosing = false;
  let tls: TlsServer | undefined;
  // A connection that is idle by then is closed at once; any other after its answer.
  server.on("request", (_request, response) =>
    response.on("close", () => isClosing && response.req.socket.destroySoon()),
  );
  return {
    handle,
    listen: (socketPath) => listenOnSocket(server, socketPath),
    async listenTls(tlsOptions) {
      tls = await listenTls({ ...tlsOptions, handle, clock: options.clock });
      return tls;
    },
    async close() {
      isClosing = true;
      await Promise.all([close(server, context), tls?.close()]);
    },
  };
}

function contextOf(options: ApiServerOptions): ApiContext {
  const objectJson = new ObjectJson(options.store);
  return {
    ...options,
    authorizer: options.authorizer ?? roleAuthorizer,
    get definitions() {
      return options.definitions();
    },
    objectJson,
    listCache: new ListCache(),
    watchEncoder: new WatchEncoder(objectJson, options.clock),
    openApi: new OpenApi(options.info().version),
    openStreams: new Set(),
  };
}

async function answer(
  { request, response, user }: Omit<Exchange, "path">,
  context: ApiContext,
): Promise<void> {
  let subject: Subject | undefined;
  // A client may go at any time; what remains to be done is its handler's own business.
  response.on("error", () => {});
  try {
    warn(response, context);
    const path = parsePath(request.url ?? "/");
    const exchange: Exchange = { path, request, response, user };
    checkAccess(exchange, context.authorizer);
    const found = route(exchange, context);
    subject = found.subject;
    await found.run();
  } catch (thrown) {
    fail({ request, response, thrown, subject }, context);
  }
}

/** @see https://kubernetes.io/blog/2020/09/03/warnings/ */
function warn(response: ServerResponse, { warnings }: ApiContext): void {
  const texts = warnings?.() ?? [];
  if (texts.length === 0) return;
  const quoted = texts.map((text) => {
    const printable = text.replaceAll(/[^\u0020-\u007E]/g, "?").slice(0, WARNING_MAX_CHARS);
    return `299 - "${printable.replaceAll(/["\\]/g, "\\$&")}"`;
  });
  response.setHeader("warning", quoted.join(", "));
}

interface Failure {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly thrown: unknown;
  readonly subject: Subject | undefined;
}

function fail({ request, response, thrown, subject }: Failure, { logger }: ApiContext): void {
  if (response.destroyed) return;
  const status = subject === undefined ? toStatus(thrown) : toStatus(thrown, subject);
  if (status.code >= 500)
    logger.error({ err: thrown, method: request.method, url: request.url }, "a request failed");
  // Half an answer cannot become another one; the client must see that it is cut short.
  if (response.headersSent) response.destroy();
  else sendStatus(response, status);
}

async function close(server: Server, { clock, openStreams }: ApiContext): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const end of openStreams) end();
  server.closeIdleConnections();
  const cut = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
  await closed;
  cut.cancel();
}
