import type { StoredObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { ApiContext } from "../api-context.ts";
import { contentTypeOf, readBody, unsupportedMediaType } from "../body.ts";
import { parseCheckedJson } from "../checked-json.ts";
import { managerOf, refuseForce } from "../field-manager/manager-name.ts";
import { toIncomingObject } from "../incoming-object.ts";
import { applyJsonPatch } from "../json-patch.ts";
import { applyMergePatch } from "../merge-patch.ts";
import { isDryRun } from "../query.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { applyStrategicPatch } from "../strategic-merge-patch.ts";
import { writeObject } from "../write-object.ts";
import { applyPatch } from "./apply.ts";
import { findObject, sendObject } from "./get.ts";

/** Gives the patched object. Must not change the object it is given. */
type PatchFunction = (target: StoredObject, patch: unknown) => unknown;

const PATCH_TYPES: ReadonlyMap<string, PatchFunction> = new Map([
  ["application/json-patch+json", applyJsonPatch],
  ["application/merge-patch+json", applyMergePatch],
]);

/** Of Kubernetes' own kinds alone, as on a cluster: custom resources refuse it, and kubectl knows. */
const STRATEGIC_TYPE = "application/strategic-merge-patch+json";
const APPLY_TYPE = "application/apply-patch+yaml";

/**
 * PATCH of an object or of its status. Reading, patching and writing happen in one turn, so no
 * other write comes between; a resourceVersion in the patch is a precondition.
 */
export async function patch(request: ObjectRequest, context: ApiContext): Promise<void> {
  const type = contentTypeOf(request.request);
  if (type === APPLY_TYPE) return applyPatch(request, context);
  const isStrategic = type === STRATEGIC_TYPE && isBuiltIn(request.definition);
  const apply = isStrategic ? applyStrategicPatch : PATCH_TYPES.get(type);
  if (apply === undefined) throw unsupportedMediaType([...PATCH_TYPES.keys(), APPLY_TYPE]);
  refuseForce(request.query);
  const manager = managerOf(request.query, request.request);
  const dryRun = isDryRun(request.query);
  const body = parseCheckedJson(await readBody(request.request));
  const live = findObject(request, context);
  const incoming = toIncomingObject(apply(live, body), request);
  const object = writeObject(request, context, { incoming, live, dryRun, manager });
  sendObject(request, context, { code: 200, object });
}

function isBuiltIn({ isCustomResource }: ResourceDefinition): boolean {
  return isCustomResource !== true;
}
