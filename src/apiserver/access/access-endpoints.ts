import { isRole, ROLES } from "../../policy/authorize.ts";
import type { ApiContext } from "../api-context.ts";
import { isJsonObject } from "../checked-json.ts";
import type { Exchange } from "../exchange.ts";
import { readObject } from "../read-object.ts";
import { sendJson } from "../send.ts";
import { badRequest, methodNotAllowed, noSuchPath } from "../status-error.ts";
import type { Access, TokenRegistry } from "./ports.ts";

/** Whether {@link answerAccess} is for this path. */
export function isAccessPath([root, version, first]: readonly string[]): boolean {
  return root === "portunix" && version === "v1" && (first === "tokens" || first === "endpoint");
}

/**
 * `/portunix/v1/endpoint`: how to reach the API over TLS. `/portunix/v1/tokens`: GET lists, POST
 * makes one, and `tokens/ID` is revoked by DELETE.
 */
export async function answerAccess(exchange: Exchange, { access }: ApiContext): Promise<void> {
  const [, , first, id, ...rest] = exchange.path.segments;
  if (access === undefined || rest.length > 0) throw noSuchPath();
  if (first === "tokens" && id === undefined) return answerTokens(exchange, access.tokens);
  if (first === "tokens" && id !== undefined) return revoke(exchange, access.tokens, id);
  if (id !== undefined) throw noSuchPath();
  return answerEndpoint(exchange, access);
}

function answerEndpoint({ request, response }: Exchange, { endpoint }: Access): void {
  if (request.method !== "GET") throw methodNotAllowed();
  sendJson(response, 200, endpoint() ?? {});
}

async function answerTokens({ request, response }: Exchange, tokens: TokenRegistry): Promise<void> {
  if (request.method === "GET") return sendJson(response, 200, { items: tokens.list() });
  if (request.method !== "POST") throw methodNotAllowed();
  const token = tokens.create(newTokenOf(await readObject(request)));
  sendJson(response, 201, token);
}

function revoke({ request, response }: Exchange, tokens: TokenRegistry, id: string): void {
  if (request.method !== "DELETE") throw methodNotAllowed();
  sendJson(response, 200, tokens.revoke(id));
}

function newTokenOf(body: unknown): Parameters<TokenRegistry["create"]>[0] {
  if (!isJsonObject(body)) throw badRequest("the body of the request must be a JSON object");
  const { name, role, ttlSeconds } = body;
  if (typeof role !== "string" || !isRole(role))
    throw badRequest(`role: must be one of ${ROLES.join(", ")}`);
  if (name !== undefined && typeof name !== "string") throw badRequest("name: must be a string");
  const isCount = typeof ttlSeconds === "number" && ttlSeconds > 0;
  if (ttlSeconds !== undefined && !isCount)
    throw badRequest("ttlSeconds: must be a number above 0; leave it out for a token without end");
  return { name, role, ttlMs: isCount ? ttlSeconds * 1000 : undefined };
}
