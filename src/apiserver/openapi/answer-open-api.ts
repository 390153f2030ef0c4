import type { ApiContext } from "../api-context.ts";
import type { Exchange } from "../exchange.ts";
import { mediaTypes } from "../accept.ts";
import { sendReply } from "../send.ts";
import { methodNotAllowed, noSuchPath } from "../status-error.ts";
import type { OpenApiDocument } from "./open-api.ts";

/** Answers `/openapi/v2`, `/openapi/v3` and the documents below it. */
export function answerOpenApi(exchange: Exchange, context: ApiContext): void {
  const { path, request } = exchange;
  const [, version, ...rest] = path.segments;
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  if (version === "v2" && rest.length === 0) return sendV2(exchange, context);
  if (version !== "v3") throw noSuchPath();
  const { openApi, definitions } = context;
  if (rest.length === 0) return sendDocument(exchange, openApi.index(definitions));
  const document = openApi.document(definitions, rest.join("/"));
  if (document === undefined) throw noSuchPath();
  sendDocument(exchange, document);
}

/** A document under its hash never changes; clients keep it for ever. */
function sendDocument(
  { path, request, response }: Exchange,
  { json, hash }: OpenApiDocument,
): void {
  const wanted = path.query.get("hash") ?? "";
  const etag = `"${hash}"`;
  const cacheControl = wanted === hash ? "public, immutable" : "no-cache, private";
  response.setHeader("etag", etag);
  response.setHeader("vary", "Accept");
  if (wanted !== "" && wanted !== hash) {
    response.writeHead(301, { location: `/${path.segments.join("/")}?hash=${hash}` });
    response.end();
    return;
  }
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, { "cache-control": cacheControl });
    response.end();
    return;
  }
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(json),
    "cache-control": cacheControl,
    ...(wanted === hash ? { expires: "Fri, 31 Dec 2100 00:00:00 GMT" } : {}),
  });
  response.end(json);
}

/**
 * OpenAPI v2 for those who insist on it: valid, and without a single kind. kubectl reads from it
 * only whether there is one; without it a misspelt `kind` is told as a failed download.
 */
function sendV2({ request, response }: Exchange, { info }: ApiContext): void {
  const types = mediaTypes(request.headers.accept ?? "").map(({ type }) => type);
  if (types[0]?.startsWith(V2_PROTOBUF) === true) {
    // Go cannot parse the "@" of the type that it asks for.
    const contentType = `${V2_PROTOBUF}.v1.0+protobuf`;
    return sendReply(response, 200, { contentType, value: EMPTY_V2_PROTOBUF });
  }
  const value = {
    swagger: "2.0",
    info: { title: "Portunix", version: info().version },
    paths: {},
    definitions: {},
  };
  sendReply(response, 200, { contentType: "application/json", value });
}

const V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2";

/** swagger "2.0", a title, a version, no paths and no definitions. */
const EMPTY_V2_PROTOBUF = Buffer.from(
  "0a03322e3012120a08706f7274756e6978120676302e312e3042004a00",
  "hex",
);
