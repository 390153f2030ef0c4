import { once } from "node:events";
import { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AccessLimits, TlsServer } from "../../../src/apiserver/access/tls-server.ts";
import type { ApiServerOptions } from "../../../src/apiserver/api-context.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { Role } from "../../../src/policy/authorize.ts";
import { openServerIdentity, type ServerIdentity } from "../../../src/security/server-identity.ts";
import { TokenAuthority } from "../../../src/security/token-authority.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { openStore } from "../../../src/store/store.ts";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { type Answer, type Served, serve, textOf } from "./harness.ts";

export interface ServedSecurely extends Served {
  readonly tokens: TokenAuthority;
  readonly identity: ServerIdentity;
  readonly tls: TlsServer;
  /** A new token of this role. */
  readonly token: (role: Role, ttlMs?: number) => string;
  readonly get: (path: string, options?: SecureRequest) => Promise<Answer>;
  /** A request whose answer is still to be read. */
  readonly open: (path: string, options?: SecureRequest) => Promise<IncomingMessage>;
}

export interface SecureRequest {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: unknown;
  readonly tls?: RequestOptions;
}

/** The API on a socket and over real TLS, with tokens in a store of their own. */
export async function serveSecurely(
  overrides: Partial<ApiServerOptions> & { readonly limits?: Partial<AccessLimits> } = {},
): Promise<ServedSecurely> {
  const { limits, ...options } = overrides;
  const clock = options.clock ?? systemClock;
  const directory = tempDir();
  const path = join(directory, "state", "portunix.db");
  const logger = silentLogger;
  const store = await openStore({ path, clock, logger, definitions: allDefinitions });
  onTestFinished(() => store.close());
  const tokens = new TokenAuthority({ records: store.tokens, clock, logger });
  const hosts = ["localhost", "127.0.0.1", "::1"];
  const identity = await openServerIdentity({
    directory: join(directory, "tls"),
    hosts,
    nowMs: systemClock.nowMs(),
    logger,
  });
  const access = { tokens, endpoint: () => undefined };
  const served = await serve({ access, ...options });
  const tls = await served.server.listenTls({
    host: "127.0.0.1",
    port: 0,
    hosts,
    credentials: { key: identity.key, cert: identity.certificate },
    authenticator: tokens,
    ...(limits === undefined ? {} : { limits }),
  });
  const open = opener(tls.port, identity.certificateAuthority);
  const token = (role: Role, ttlMs?: number) => tokens.create({ role, ttlMs }).token;
  const get = async (target: string, one: SecureRequest = {}) => answerOf(await open(target, one));
  return { ...served, tokens, identity, tls, token, get, open };
}

function opener(port: number, ca: string): ServedSecurely["open"] {
  return async (path, { method = "GET", token, headers = {}, body, tls = {} } = {}) => {
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const sent = request({
      host: "127.0.0.1",
      port,
      path,
      method,
      ca,
      agent: false,
      // Else Node takes the Host header for it.
      servername: "localhost",
      ...tls,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(content) }),
        ...headers,
      },
    });
    const answered = once(sent, "response") as Promise<[IncomingMessage]>;
    sent.end(content);
    const [response] = await answered;
    sent.on("error", () => {});
    return response;
  };
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const text = await textOf(response);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { code: response.statusCode ?? 0, headers: response.headers, text, json };
}
