import type { StoredObject } from "../../api/meta.ts";
import type { ApiContext } from "../api-context.ts";
import { contentTypeOf, readBody, unsupportedMediaType } from "../body.ts";
import { parseCheckedJson } from "../checked-json.ts";
import { toIncomingObject } from "../incoming-object.ts";
import { applyJsonPatch } from "../json-patch.ts";
import { applyMergePatch } from "../merge-patch.ts";
import { isDryRun } from "../query.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { writeObject } from "../write-object.ts";
import { findObject, sendObject } from "./get.ts";

/** Gives the patched object. Must not change the object it is given. */
type PatchFunction = (target: StoredObject, patch: unknown) => unknown;

const PATCH_TYPES: ReadonlyMap<string, PatchFunction> = new Map([
  ["application/json-patch+json", applyJsonPatch],
  ["application/merge-patch+json", applyMergePatch],
]);

/**
 * PATCH of an object or of its status. Reading, patching and writing happen in one turn, so no
 * other write comes between; a resourceVersion in the patch is a precondition.
 */
export async function patch(request: ObjectRequest, context: ApiContext): Promise<void> {
  const apply = PATCH_TYPES.get(contentTypeOf(request.request));
  if (apply === undefined) throw unsupportedMediaType([...PATCH_TYPES.keys()]);
  const dryRun = isDryRun(request.query);
  const body = parseCheckedJson(await readBody(request.request));
  const live = findObject(request, context);
  const incoming = toIncomingObject(apply(live, body), request);
  const object = writeObject(request, context, { incoming, live, dryRun });
  sendObject(request, context, { code: 200, object });
}
