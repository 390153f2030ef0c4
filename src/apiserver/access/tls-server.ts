import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { errnoOf, PortunixError } from "../../base/errors.ts";
import { isPublicPath } from "../../policy/authorize.ts";
import { HEADER_MAX_BYTES, refuseGarbage } from "../refuse-garbage.ts";
import { parsePath } from "../request-path.ts";
import { sendStatus } from "../send.ts";
import { StatusError, toStatus } from "../status-error.ts";
import { checkHost } from "./host-check.ts";
import { OpenRequests } from "./open-requests.ts";
import type { Authenticator, Session, User } from "./ports.ts";
import { RateLimiter, type RateLimits } from "./rate-limiter.ts";

export interface TlsServerOptions {
  /** An address or name of this machine. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The names and addresses that clients may reach it by, in lower case. */
  readonly hosts: readonly string[];
  readonly credentials: TlsCredentials;
  readonly authenticator: Authenticator;
  /** Answers what has passed. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, user: User) => void;
  readonly limits?: Partial<AccessLimits>;
  readonly clock: Clock;
}

/** PEM. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
}

export interface AccessLimits extends RateLimits {
  /** Of one token, watches among them. */
  readonly openRequests: number;
}

/** Whoever creates it closes it. */
export interface TlsServer {
  readonly port: number;
  /** For the connections to come. */
  renew(credentials: TlsCredentials): void;
  /** Stops listening, and cuts what has not ended within two seconds. */
  close(): Promise<void>;
}

/** More than one kubectl sends when it applies a thousand objects, one request after another: up to 300 a second. */
const LIMITS: AccessLimits = { requestsPerSecond: 500, burst: 2_000, openRequests: 500 };
const MAX_CONNECTIONS = 1_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;
const CLOSE_GRACE_MS = 2_000;

/** Who shows no token. */
const ANONYMOUS: User = {
  name: "system:anonymous",
  uid: "",
  groups: ["system:unauthenticated"],
};

/**
 * Serves over TLS to who has a bearer token. What is refused here: a wrong Host (421), too many
 * requests (429), no good token (401). What a user may do is for the handler to decide.
 *
 * @throws {PortunixError} BadRequest: cannot listen there.
 */
export async function listenTls(options: TlsServerOptions): Promise<TlsServer> {
  const { credentials, authenticator, clock } = options;
  const gate: Gate = {
    ...options,
    hosts: new Set(options.hosts),
    limiter: new RateLimiter({ ...LIMITS, ...options.limits }, clock),
    openRequests: new OpenRequests(clock),
    maxOpen: options.limits?.openRequests ?? LIMITS.openRequests,
  };
  const server = createServer(
    {
      ...credentials,
      maxHeaderSize: HEADER_MAX_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    (request, response) => pass(request, response, gate),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on("clientError", refuseGarbage);
  let isClosing = false;
  // A connection that is idle by then is closed at once; any other after its answer.
  server.on("request", (request, response) =>
    response.on("close", () => isClosing && request.socket.destroySoon()),
  );
  const stopListening = authenticator.onRevoked((tokenId) => gate.openRequests.cut(tokenId));
  const port = await bind(server, options);
  return {
    port,
    renew: (renewed) => server.setSecureContext({ ...renewed }),
    close: () => {
      isClosing = true;
      stopListening();
      return close(server, clock);
    },
  };
}

interface Gate extends Pick<TlsServerOptions, "authenticator" | "handle"> {
  readonly hosts: ReadonlySet<string>;
  readonly limiter: RateLimiter;
  readonly openRequests: OpenRequests;
  readonly maxOpen: number;
}

function pass(request: IncomingMessage, response: ServerResponse, gate: Gate): void {
  // A client may go at any time.
  response.on("error", () => {});
  try {
    gate.handle(request, response, admitted(request, response, gate));
  } catch (thrown) {
    sendStatus(response, toStatus(thrown));
  }
}

/** Throws a StatusError unless the request may go on. */
function admitted(request: IncomingMessage, response: ServerResponse, gate: Gate): User {
  checkHost(request.headers.host, gate.hosts);
  const session = sessionOf(request, gate.authenticator);
  const client = session?.tokenId ?? `address ${request.socket.remoteAddress ?? ""}`;
  const waitSeconds = gate.limiter.take(client);
  if (waitSeconds > 0) throw tooManyRequests(response, waitSeconds);
  if (session === undefined) {
    const isPublic = isPublicPath(`/${parsePath(request.url ?? "/").segments.join("/")}`);
    // A token that is wrong is wrong everywhere.
    if (!isPublic || request.headers.authorization !== undefined) throw unauthorized(response);
    return ANONYMOUS;
  }
  if (gate.openRequests.count(session.tokenId) >= gate.maxOpen) throw tooManyRequests(response, 1);
  gate.openRequests.add(session, response);
  return session.user;
}

function sessionOf(request: IncomingMessage, authenticator: Authenticator): Session | undefined {
  const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  return token === undefined ? undefined : authenticator.authenticate(token);
}

function unauthorized(response: ServerResponse): StatusError {
  response.setHeader("www-authenticate", 'Bearer realm="portunix"');
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

function tooManyRequests(response: ServerResponse, retryAfterSeconds: number): StatusError {
  response.setHeader("retry-after", retryAfterSeconds);
  return new StatusError(
    429,
    "TooManyRequests",
    "too many requests from this client: try again later",
    { retryAfterSeconds },
  );
}

function bind(server: Server, { host, port }: TlsServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const why = errnoOf(error) === "EADDRINUSE" ? "the port is taken" : error.message;
      reject(
        new PortunixError(
          "BadRequest",
          `cannot listen on ${host} port ${port}: ${why}; give another address, or port 0 for any free one`,
          { cause: error },
        ),
      );
    };
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
  await closed;
  cut.cancel();
}
