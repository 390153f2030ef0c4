import type { StoredObject } from "../../api/meta.ts";
import { apiVersionOf } from "../../api/resource-definition.ts";
import { PortunixError } from "../../base/errors.ts";
import { negotiate } from "../accept.ts";
import type { ApiContext } from "../api-context.ts";
import type { ObjectList } from "../ports.ts";
import { countOf, includeObjectOf, resourceVersionOf } from "../query.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { selectionOf } from "../selection.ts";
import { sendJson, sendText } from "../send.ts";
import { badRequest } from "../status-error.ts";
import { toPartialObject, toTable } from "../table.ts";

/** The objects of a kind that the selectors choose, all at once: a server may pass over `limit`. */
export function list(request: ResourceRequest, context: ApiContext): void {
  const { query, definition, response } = request;
  checkConsistency(query, context);
  const { as, version } = negotiate(request.request.headers.accept);
  const selection = selectionOf(query, definition);
  if (as === "object" && selection === undefined)
    return sendText(response, 200, wholeList(request, context));
  const { items, resourceVersion } = selectedObjects(request, context);
  if (as === "object")
    return sendText(response, 200, listText(request, context, { items, resourceVersion }));
  if (as === "metadata")
    return sendJson(response, 200, {
      kind: "PartialObjectMetadataList",
      apiVersion: `meta.k8s.io/${version}`,
      metadata: { resourceVersion },
      items: items.map((object) => toPartialObject(object, version)),
    });
  const includeObject = includeObjectOf(query);
  const options = { version, includeObject, nowMs: context.clock.nowMs(), hasHeader: true };
  sendJson(response, 200, toTable(definition, items, { ...options, resourceVersion }));
}

export function selectedObjects(
  { definition, namespace, query }: ResourceRequest,
  { store }: ApiContext,
): ObjectList {
  const selection = selectionOf(query, definition);
  const all = store.list(definition, definition.namespaced ? namespace : undefined);
  return selection === undefined ? all : { ...all, items: all.items.filter(selection) };
}

/** A List without a selection, which many clients ask for again and again. */
function wholeList(request: ResourceRequest, context: ApiContext): Buffer {
  const { definition, namespace } = request;
  const key = `${apiVersionOf(definition)}/${definition.plural}/${namespace ?? "*"}`;
  return context.listCache.get(key, context.store.resourceVersion(), () =>
    listText(request, context, selectedObjects(request, context)),
  );
}

/** A List as JSON, joined from the texts of its objects. */
export function listText(
  { definition }: ResourceRequest,
  { objectJson }: ApiContext,
  { items, resourceVersion }: { items: readonly StoredObject[]; resourceVersion: string },
): string {
  const head = JSON.stringify({
    kind: `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata: { resourceVersion },
  });
  return `${head.slice(0, -1)},"items":[${items.map((item) => objectJson.of(item)).join(",")}]}`;
}

/** The newest state satisfies any request but one for exactly an older one, which is not kept. */
function checkConsistency(query: URLSearchParams, context: ApiContext): void {
  countOf(query, "limit");
  if ((query.get("continue") ?? "") !== "")
    throw badRequest("continue key is not valid: this server sends lists whole; leave it out");
  const wanted = resourceVersionOf(query, context);
  if (query.get("resourceVersionMatch") !== "Exact") return;
  if (wanted !== context.store.resourceVersion())
    throw new PortunixError(
      "Expired",
      `The provided resource version ${JSON.stringify(wanted)} is not the newest, and older states are not kept; list without resourceVersionMatch`,
    );
}
