import { admit } from "../../api/admission.ts";
import type { ApiContext } from "../api-context.ts";
import { checkFields } from "../field-validation.ts";
import { toIncomingObject } from "../incoming-object.ts";
import { isDryRun } from "../query.ts";
import { readObject } from "../read-object.ts";
import { requireNamespace } from "../require-namespace.ts";
import type { NamespaceRequest } from "../resource-request.ts";
import { badRequest } from "../status-error.ts";
import { sendObject } from "./get.ts";

/** POST of a whole object: 201 and the object as it was stored. */
export async function create(request: NamespaceRequest, context: ApiContext): Promise<void> {
  const { definition, namespace, query } = request;
  const dryRun = isDryRun(query);
  const body = await readObject(request.request);
  const { object, preconditions } = toIncomingObject(body, {
    definition,
    namespace,
    name: undefined,
  });
  if (preconditions.resourceVersion !== undefined)
    throw badRequest("resourceVersion should not be set on objects to be created");
  const admitted = admit(definition, checkFields(request, object));
  requireNamespace(request, context);
  const stored = context.store.create(definition, admitted, { dryRun });
  sendObject(request, context, { code: 201, object: stored });
}
