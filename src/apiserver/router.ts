import type { ResourceDefinition, Verb } from "../api/resource-definition.ts";
import { ALL_VERBS, apiVersionOf } from "../api/resource-definition.ts";
import { answerAccess, isAccessPath } from "./access/access-endpoints.ts";
import { answerReview } from "./access/answer-review.ts";
import { findReview, reviewDefinitions } from "./access/review-definitions.ts";
import type { ApiContext } from "./api-context.ts";
import { connectorsOf, refuseLeftOut } from "./connector-of.ts";
import { discover } from "./discovery.ts";
import type { Exchange } from "./exchange.ts";
import { answerMeta } from "./meta-endpoints.ts";
import { answerOpenApi } from "./openapi/answer-open-api.ts";
import { isTrue } from "./query.ts";
import type { NamespaceRequest, ObjectRequest, ResourceRequest } from "./resource-request.ts";
import { sendReply } from "./send.ts";
import type { Subject } from "./status-error.ts";
import { methodNotAllowed, noSuchPath } from "./status-error.ts";
import { connect } from "./verbs/connect.ts";
import { create } from "./verbs/create.ts";
import { deleteCollection, deleteObject } from "./verbs/delete.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { measure } from "./verbs/measure.ts";
import { patch } from "./verbs/patch.ts";
import { scale } from "./verbs/scale.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";

/** Where a request leads: the handler, and what a failure of it is about. */
export interface Route {
  readonly subject?: Subject;
  run(): void | Promise<void>;
}

/** Finds what answers a request. Throws NotFound and MethodNotAllowed. */
export function route(exchange: Exchange, context: ApiContext): Route {
  const { segments } = exchange.path;
  const [root] = segments;
  if (root === "api" || root === "apis") {
    const review = findReview(segments);
    if (review !== undefined) return { run: () => answerReview(exchange, context, review) };
    const place = placeOf(segments, context.definitions);
    return place === undefined
      ? discoveryRoute(exchange, context)
      : resourceRoute(place, exchange, context);
  }
  if (root === "openapi") return { run: () => answerOpenApi(exchange, context) };
  if (isAccessPath(segments)) return { run: () => answerAccess(exchange, context) };
  return { run: () => answerMeta(exchange, context) };
}

/** A resource path, taken apart. */
interface Place {
  readonly definition: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string;
}

/** `/api/V/...` and `/apis/G/V/...`; undefined when no kind that is served is named. */
function placeOf(
  [root, ...rest]: readonly string[],
  definitions: readonly ResourceDefinition[],
): Place | undefined {
  const [group, version, ...path] = root === "api" ? ["", ...rest] : rest;
  if (group === undefined || version === undefined || path.length === 0) return undefined;
  if ((root === "apis") !== (group !== "")) return undefined;
  const find = (plural: string | undefined): ResourceDefinition | undefined =>
    definitions.find(
      (one) => one.plural === plural && apiVersionOf(one) === apiVersionOf({ group, version }),
    );
  const [first, namespace, plural, name, subresource = "", ...more] = path;
  const inNamespace = first === "namespaces" ? find(plural) : undefined;
  if (inNamespace?.namespaced === true)
    return more.length > 0 || namespace === undefined
      ? undefined
      : { definition: inNamespace, namespace, name, subresource };
  const [, clusterName, clusterSubresource = ""] = path;
  const definition = find(first);
  if (definition === undefined || path.length > 3) return undefined;
  if (definition.namespaced && path.length > 1) return undefined;
  return {
    definition,
    namespace: definition.namespaced ? undefined : "",
    name: clusterName,
    subresource: clusterSubresource,
  };
}

function discoveryRoute({ path, request, response }: Exchange, context: ApiContext): Route {
  const { connectors } = context;
  const definitions = [...context.definitions, ...reviewDefinitions];
  const reply = discover(path.segments, request.headers.accept, { definitions, connectors });
  if (reply === undefined) throw noSuchPath();
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  return { run: () => sendReply(response, 200, reply) };
}

function resourceRoute(place: Place, exchange: Exchange, context: ApiContext): Route {
  const { definition, namespace, name, subresource } = place;
  const { request, response, path } = exchange;
  const base: ResourceRequest = { definition, namespace, query: path.query, request, response };
  const subject = { definition, name };
  const measurement = context.measurements?.find((one) => one.definition === definition);
  if (measurement !== undefined && subresource === "")
    return { subject, run: () => measure({ ...base, name }, context, measurement) };
  if (name === undefined) return { subject, run: () => runOnCollection(base, context) };
  // A path with a name has its namespace too, or its kind has none.
  const one: ObjectRequest = { ...base, namespace: namespace ?? "", name, subresource };
  return { subject, run: () => runOnObject(one, context) };
}

function runOnCollection(request: ResourceRequest, context: ApiContext): void | Promise<void> {
  const { namespace, query } = request;
  const { method } = request.request;
  const isRead = method === "GET" || method === "HEAD";
  if (isRead && isTrue(query, "watch")) return watch(allowed(request, "watch"), context);
  if (isRead) return list(allowed(request, "list"), context);
  if (namespace === undefined) throw methodNotAllowed();
  const inNamespace: NamespaceRequest = { ...request, namespace };
  if (method === "POST") return create(allowed(inNamespace, "create"), context);
  if (method === "DELETE")
    return deleteCollection(allowed(inNamespace, "deletecollection"), context);
  throw methodNotAllowed();
}

/** Throws MethodNotAllowed when the kind has no such verb. */
function allowed<T extends ResourceRequest>(request: T, verb: Verb): T {
  const { verbs = ALL_VERBS } = request.definition;
  if (!verbs.includes(verb)) throw methodNotAllowed();
  return request;
}

function runOnObject(request: ObjectRequest, context: ApiContext): void | Promise<void> {
  const { definition, subresource } = request;
  const { method } = request.request;
  const isStatus = subresource === "status" && definition.hasStatus;
  if (subresource === "scale" && definition.scale !== undefined)
    return scale(request, context, definition.scale);
  if (subresource !== "" && !isStatus) return runConnector(request, context);
  if (method === "GET" || method === "HEAD") return get(allowed(request, "get"), context);
  if (method === "PUT") return update(allowed(request, "update"), context);
  if (method === "PATCH") return patch(allowed(request, "patch"), context);
  if (method === "DELETE" && !isStatus) return deleteObject(allowed(request, "delete"), context);
  throw methodNotAllowed();
}

function runConnector(request: ObjectRequest, context: ApiContext): Promise<void> {
  const { definition, subresource } = request;
  refuseLeftOut(definition, subresource);
  const connector = connectorsOf(definition, context.connectors).find(
    (one) => one.subresource === subresource,
  );
  if (connector === undefined) throw noSuchPath();
  if (request.request.method !== "GET") throw methodNotAllowed();
  return connect(request, context, connector);
}
