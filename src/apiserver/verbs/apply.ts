import { admit } from "../../api/admission.ts";
import { apiVersionOf } from "../../api/resource-definition.ts";
import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiContext } from "../api-context.ts";
import { isJsonObject, type JsonObject } from "../checked-json.ts";
import { typeOfKind } from "../field-manager/kind-type.ts";
import { applierOf, isForced } from "../field-manager/manager-name.ts";
import { ownedView } from "../field-manager/owned-view.ts";
import { trackApply, type AppliedObject } from "../field-manager/track-apply.ts";
import { checkFields } from "../field-validation.ts";
import { type IncomingObject, toIncomingObject } from "../incoming-object.ts";
import { typeFaults } from "../managed-fields/type-faults.ts";
import { isDryRun } from "../query.ts";
import { readAppliedDocument } from "../read-applied-document.ts";
import { requireNamespace } from "../require-namespace.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { badRequest, notFound } from "../status-error.ts";
import { writeObject } from "../write-object.ts";
import { sendObject } from "./get.ts";

/**
 * PATCH by server-side apply: 200, or 201 where it made the object. Reading, merging and writing
 * happen in one turn.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export async function applyPatch(request: ObjectRequest, context: ApiContext): Promise<void> {
  const { definition, namespace, name, subresource, query } = request;
  const manager = applierOf(query);
  const force = isForced(query);
  const dryRun = isDryRun(query);
  const document = await readAppliedDocument(request.request);
  const { applied, incoming } = checkDocument(request, document);
  const live = context.store.get(definition, namespace, name);
  if (live === undefined && subresource !== "") throw notFound({ definition, name });
  const nowMs = context.clock.nowMs();
  const result = trackApply({ definition, live, applied, manager, force, subresource, nowMs });
  const outcome: Outcome = { incoming: withView(incoming, result), result, dryRun, manager };
  if (live === undefined)
    return sendObject(request, context, { code: 201, object: create(request, context, outcome) });
  const { managedFields } = result;
  const object = writeObject(request, context, { ...outcome, live, managedFields });
  sendObject(request, context, { code: 200, object });
}

interface Outcome {
  readonly incoming: IncomingObject;
  readonly result: AppliedObject;
  readonly dryRun: boolean;
  readonly manager: string;
}

function create(request: ObjectRequest, context: ApiContext, outcome: Outcome): StoredObject {
  const { definition, name } = request;
  const { incoming, result, dryRun } = outcome;
  const { uid } = incoming.preconditions;
  if (uid !== undefined)
    throw new PortunixError(
      "Conflict",
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  if (incoming.preconditions.resourceVersion !== undefined) throw notFound({ definition, name });
  const admitted = admit(definition, checkFields(request, incoming.object));
  requireNamespace(request, context);
  const { managedFields } = result;
  const metadata = { ...admitted.metadata, managedFields };
  return context.store.create(definition, { ...admitted, metadata }, { dryRun });
}

/** Throws BadRequest on what is no document of this kind and name, or cannot be merged. */
function checkDocument(
  request: ObjectRequest,
  document: unknown,
): { readonly applied: JsonObject; readonly incoming: IncomingObject } {
  const { definition } = request;
  const incoming = toIncomingObject(document, request);
  const expected = apiVersionOf(definition);
  if (!isJsonObject(document) || document["apiVersion"] !== expected)
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${versionText(document)}, expected: ${expected}`,
    );
  if (incoming.managedFields !== undefined && incoming.managedFields !== null)
    throw badRequest("metadata.managedFields must be nil");
  const faults = typeFaults(typeOfKind(definition), ownedView(document));
  if (faults.length > 0) throw badRequest(`${untyped(request)}: ${faults.slice(0, 20).join("\n")}`);
  return { applied: document, incoming };
}

function versionText(document: unknown): string {
  const version = isJsonObject(document) ? document["apiVersion"] : undefined;
  return typeof version === "string" ? version : "/";
}

function untyped({ definition, namespace, name }: ObjectRequest): string {
  return `failed to create typed patch object (${namespace}/${name}; ${apiVersionOf(definition)}, Kind=${definition.kind})`;
}

/** The merged object, with the identity that the document and the path gave it. */
function withView(incoming: IncomingObject, { view }: AppliedObject): IncomingObject {
  const { apiVersion, kind, metadata } = incoming.object;
  const { name, namespace } = metadata;
  const owned = isJsonObject(view["metadata"]) ? view["metadata"] : {};
  const object = {
    ...view,
    apiVersion,
    kind,
    metadata: { ...owned, name, ...(namespace === undefined ? {} : { namespace }) },
  };
  return { ...incoming, object };
}
