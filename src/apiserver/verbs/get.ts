import type { StoredObject } from "../../api/meta.ts";
import { negotiate } from "../accept.ts";
import type { ApiContext } from "../api-context.ts";
import { includeObjectOf } from "../query.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { sendJson, sendText } from "../send.ts";
import { notFound } from "../status-error.ts";
import { toPartialObject, toTable } from "../table.ts";

/** One object, or its status subresource, which is the whole object too. */
export function get(request: ObjectRequest, context: ApiContext): void {
  sendObject(request, context, { code: 200, object: findObject(request, context) });
}

/** Throws NotFound. */
export function findObject(request: ObjectRequest, { store }: ApiContext): StoredObject {
  const { definition, namespace, name } = request;
  const object = store.get(definition, namespace, name);
  if (object === undefined) throw notFound({ definition, name });
  return object;
}

/** Answers with an object in the shape that the client asked for. */
export function sendObject(
  {
    definition,
    request,
    response,
    query,
  }: Pick<ObjectRequest, "definition" | "request" | "response" | "query">,
  { objectJson, clock }: ApiContext,
  { code, object }: { readonly code: number; readonly object: StoredObject },
): void {
  const { as, version } = negotiate(request.headers.accept);
  if (as === "object") return sendText(response, code, objectJson.of(object));
  if (as === "metadata") return sendJson(response, code, toPartialObject(object, version));
  const { resourceVersion } = object.metadata;
  const includeObject = includeObjectOf(query);
  const options = { version, includeObject, nowMs: clock.nowMs(), hasHeader: true };
  sendJson(response, code, toTable(definition, [object], { ...options, resourceVersion }));
}
