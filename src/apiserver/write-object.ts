import { admit } from "../api/admission.ts";
import type {
  InputObject,
  ManagedFieldsEntry,
  ObjectMetaInput,
  StoredObject,
} from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import { checkValue } from "../api/validate.ts";
import { PortunixError } from "../base/errors.ts";
import type { ApiContext } from "./api-context.ts";
import { trackUpdate } from "./field-manager/track-update.ts";
import { checkFields } from "./field-validation.ts";
import type { IncomingObject } from "./incoming-object.ts";
import type { ObjectRequest } from "./resource-request.ts";

export interface Write {
  readonly incoming: IncomingObject;
  readonly live: StoredObject;
  readonly dryRun: boolean;
  /** Who writes; comes to hold the fields that it changes. */
  readonly manager: string;
  /** Who holds which field afterwards, where that is known already, as after an apply. */
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/**
 * The second half of PUT and PATCH. The main endpoint admits all but the status, and keeps the
 * stored one; the status endpoint takes the status alone.
 */
export function writeObject(
  request: Pick<ObjectRequest, "definition" | "subresource" | "query" | "response">,
  { store, clock }: ApiContext,
  write: Write,
): StoredObject {
  const { incoming, live, dryRun } = write;
  const { definition, subresource } = request;
  const isStatus = subresource === "status";
  const known = checkFields(request, incoming.object);
  const object = isStatus
    ? withStatus(definition, live, known)
    : admitUpdate(definition, live, known);
  const metadata = {
    ...object.metadata,
    ...incoming.preconditions,
    ...managersAfter(request, { write, object, nowMs: clock.nowMs() }),
  };
  return store.update(
    definition,
    { ...object, metadata },
    isStatus ? { dryRun, subresource: "status" } : { dryRun },
  );
}

interface Admitted {
  readonly write: Write;
  readonly object: InputObject;
  readonly nowMs: number;
}

/** What of metadata says who holds which field; nothing for an object of which that is not kept. */
function managersAfter(
  { definition, subresource }: Pick<ObjectRequest, "definition" | "subresource">,
  { write, object, nowMs }: Admitted,
): Pick<ObjectMetaInput, "managedFields"> {
  const { live, incoming, manager } = write;
  const keepsStatus = definition.hasStatus && subresource !== "status";
  const next = keepsStatus ? { ...object, status: live.status } : object;
  const managedFields =
    write.managedFields ??
    trackUpdate({
      definition,
      live,
      next,
      given: incoming.managedFields,
      manager,
      subresource,
      nowMs,
    });
  const isKept = managedFields.length > 0 || live.metadata.managedFields !== undefined;
  return isKept ? { managedFields } : {};
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
