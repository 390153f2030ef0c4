import { admit } from "../api/admission.ts";
import type { InputObject, StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import { checkValue } from "../api/validate.ts";
import { PortunixError } from "../base/errors.ts";
import type { ApiContext } from "./api-context.ts";
import { checkFields } from "./field-validation.ts";
import type { IncomingObject } from "./incoming-object.ts";
import type { ObjectRequest } from "./resource-request.ts";

export interface Write {
  readonly incoming: IncomingObject;
  readonly live: StoredObject;
  readonly dryRun: boolean;
}

/**
 * The second half of PUT and PATCH. The main endpoint admits all but the status, and keeps the
 * stored one; the status endpoint takes the status alone.
 */
export function writeObject(
  request: Pick<ObjectRequest, "definition" | "subresource" | "query" | "response">,
  { store }: ApiContext,
  { incoming, live, dryRun }: Write,
): StoredObject {
  const { definition, subresource } = request;
  const isStatus = subresource === "status";
  const known = checkFields(request, incoming.object);
  const object = isStatus
    ? withStatus(definition, live, known)
    : admitUpdate(definition, live, known);
  const metadata = { ...object.metadata, ...incoming.preconditions };
  return store.update(
    definition,
    { ...object, metadata },
    isStatus ? { dryRun, subresource: "status" } : { dryRun },
  );
}

function admitUpdate(
  definition: ResourceDefinition,
  live: StoredObject,
  incoming: InputObject,
): InputObject {
  const prepared = definition.prepareUpdate?.(incoming, live) ?? incoming;
  const object = admit(definition, prepared);
  const causes = definition.validateUpdate?.(object, live) ?? [];
  if (causes.length > 0) throw new PortunixError("ManifestInvalid", "invalid change", { causes });
  return object;
}

/** Throws ManifestInvalid when the status is not what its schema says. */
function withStatus(
  definition: ResourceDefinition,
  live: StoredObject,
  { status }: InputObject,
): InputObject {
  const { resourceVersion: _, uid: _uid, ...metadata } = live.metadata;
  const schema = definition.schema.properties?.["status"];
  if (schema !== undefined && status !== undefined && status !== null) {
    const causes = checkValue(schema, status, "status");
    if (causes.length > 0) throw new PortunixError("ManifestInvalid", "invalid status", { causes });
  }
  return { ...live, metadata, status };
}
