import { admit } from "../../api/admission.ts";
import type { InputObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { ApiContext } from "../api-context.ts";
import { checkFields } from "../field-validation.ts";
import { managerOf } from "../field-manager/manager-name.ts";
import { trackUpdate } from "../field-manager/track-update.ts";
import { toIncomingObject } from "../incoming-object.ts";
import { isDryRun } from "../query.ts";
import { readObject } from "../read-object.ts";
import { requireNamespace } from "../require-namespace.ts";
import type { NamespaceRequest } from "../resource-request.ts";
import { badRequest, failureOf } from "../status-error.ts";
import { sendObject } from "./get.ts";

/** POST of a whole object: 201 and the object as it was stored. */
export async function create(request: NamespaceRequest, context: ApiContext): Promise<void> {
  const { definition, namespace, query } = request;
  const dryRun = isDryRun(query);
  const body = await readObject(request.request);
  const { object, preconditions, managedFields } = toIncomingObject(body, {
    definition,
    namespace,
    name: undefined,
  });
  if (preconditions.resourceVersion !== undefined)
    throw badRequest("resourceVersion should not be set on objects to be created");
  const admitted = admitNamed(definition, checkFields(request, object));
  requireNamespace(request, context);
  const manager = managerOf(query, request.request);
  const tracked = withManagers(admitted, { definition, given: managedFields, manager, context });
  const stored = context.store.create(definition, tracked, { dryRun });
  sendObject(request, context, { code: 201, object: stored });
}

/** The path of a create names no object; what is said of a refused one shall. */
function admitNamed(definition: ResourceDefinition, object: InputObject): InputObject {
  try {
    return admit(definition, object);
  } catch (thrown) {
    const { name } = object.metadata;
    throw failureOf(thrown, { definition, name: typeof name === "string" ? name : undefined });
  }
}

interface Creation {
  readonly definition: ResourceDefinition;
  /** `metadata.managedFields` as it was sent. */
  readonly given: unknown;
  readonly manager: string;
  readonly context: ApiContext;
}

/** The creator holds all that it wrote. */
function withManagers(object: InputObject, creation: Creation): InputObject {
  const { definition, given, manager, context } = creation;
  const managedFields = trackUpdate({
    definition,
    live: undefined,
    next: object,
    given,
    manager,
    subresource: "",
    nowMs: context.clock.nowMs(),
  });
  return managedFields.length === 0
    ? object
    : { ...object, metadata: { ...object.metadata, managedFields } };
}
