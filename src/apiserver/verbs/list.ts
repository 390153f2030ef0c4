import type { StoredObject } from "../../api/meta.ts";
import { apiVersionOf } from "../../api/resource-definition.ts";
import { negotiate } from "../accept.ts";
import type { ApiContext } from "../api-context.ts";
import { listOptionsOf } from "../list-options.ts";
import type { ListMeta } from "../list-page.ts";
import { pageOf } from "../list-page.ts";
import type { ObjectList } from "../ports.ts";
import { includeObjectOf } from "../query.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { selectionOf } from "../selection.ts";
import { sendJson, sendText } from "../send.ts";
import { toPartialObject, toTable } from "../table.ts";

/** The objects of a kind that the selectors choose, or the part of them that was asked for. */
export function list(request: ResourceRequest, context: ApiContext): void {
  const { query, definition, response } = request;
  const listOptions = listOptionsOf(query, context);
  const { as, version } = negotiate(request.request.headers.accept);
  const isWhole = listOptions.exactly === undefined && listOptions.limit === 0;
  if (as === "object" && isWhole && selectionOf(query, definition) === undefined)
    return sendText(response, 200, wholeList(request, context));
  const { items, metadata } = pageOf(request, context, listOptions);
  if (as === "object")
    return sendText(response, 200, listText(request, context, { items, metadata }));
  if (as === "metadata")
    return sendJson(response, 200, {
      kind: "PartialObjectMetadataList",
      apiVersion: `meta.k8s.io/${version}`,
      metadata,
      items: items.map((object) => toPartialObject(object, version)),
    });
  const { resourceVersion } = metadata;
  const includeObject = includeObjectOf(query);
  const options = { version, includeObject, nowMs: context.clock.nowMs(), hasHeader: true };
  const table = toTable(definition, items, { ...options, resourceVersion });
  sendJson(response, 200, { ...table, metadata });
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
  return context.listCache.get(key, context.store.resourceVersion(), () => {
    const { items, resourceVersion } = selectedObjects(request, context);
    return listText(request, context, { items, metadata: { resourceVersion } });
  });
}

/** A List as JSON, joined from the texts of its objects. */
export function listText(
  { definition }: ResourceRequest,
  { objectJson }: ApiContext,
  { items, metadata }: { readonly items: readonly StoredObject[]; readonly metadata: ListMeta },
): string {
  const head = JSON.stringify({
    kind: `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata,
  });
  return `${head.slice(0, -1)},"items":[${items.map((item) => objectJson.of(item)).join(",")}]}`;
}
