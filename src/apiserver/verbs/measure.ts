import type { StoredObject } from "../../api/meta.ts";
import { apiVersionOf } from "../../api/resource-definition.ts";
import { negotiate } from "../accept.ts";
import type { ApiContext } from "../api-context.ts";
import { includeObjectOf } from "../query.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { selectionOf } from "../selection.ts";
import { sendJson } from "../send.ts";
import { methodNotAllowed, notFound } from "../status-error.ts";
import { toTable } from "../table.ts";
import type { Measurement } from "../view-ports.ts";

/** What a measurement is asked for: of all, or of one. */
export interface MeasureRequest extends ResourceRequest {
  readonly name: string | undefined;
}

/** GET of measurements, made now. They have no version, and cannot be watched. */
export async function measure(
  request: MeasureRequest,
  context: ApiContext,
  measurement: Measurement,
): Promise<void> {
  const { definition, namespace, name, query, response } = request;
  const { method } = request.request;
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
  const selection = selectionOf(query, definition);
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const scope = definition.namespaced ? namespace : undefined;
  const all = await measurement.list(scope, gone.signal);
  const items = selection === undefined ? all : all.filter(selection);
  if (name === undefined) return send(request, context, items);
  const one = items.find(({ metadata }) => metadata.name === name);
  if (one === undefined) throw notFound({ definition, name });
  send(request, context, [one]);
}

function send(
  { definition, name, query, request, response }: MeasureRequest,
  { clock }: ApiContext,
  items: readonly StoredObject[],
): void {
  const { as, version } = negotiate(request.headers.accept);
  if (as === "table") {
    const includeObject = includeObjectOf(query);
    const options = { version, includeObject, nowMs: clock.nowMs(), hasHeader: true };
    sendJson(response, 200, toTable(definition, items, { ...options, resourceVersion: "" }));
    return;
  }
  const [first] = items;
  if (name !== undefined && first !== undefined) return sendJson(response, 200, first);
  sendJson(response, 200, {
    kind: `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata: {},
    items,
  });
}
