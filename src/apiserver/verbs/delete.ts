import type { StoredObject } from "../../api/meta.ts";
import { qualifiedName, type ResourceDefinition } from "../../api/resource-definition.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiContext } from "../api-context.ts";
import { readDeleteOptions } from "../delete-options.ts";
import type { NamespaceRequest, ObjectRequest } from "../resource-request.ts";
import { sendJson, sendText } from "../send.ts";
import { successStatus } from "../status-error.ts";
import { listText, selectedObjects } from "./list.ts";
import { sendObject } from "./get.ts";

/** DELETE of one object: a Status when it is gone, the object while its finalizers hold it. */
export async function deleteObject(request: ObjectRequest, context: ApiContext): Promise<void> {
  const { definition, namespace, name } = request;
  const options = await readDeleteOptions(request);
  const refusal = refusalOf(request, context);
  if (refusal !== undefined) throw refusal;
  const { object, isGone } = context.store.delete(definition, namespace, name, options);
  if (!isGone) return sendObject(request, context, { code: 200, object });
  sendJson(request.response, 200, successStatus(detailsOf(definition, object)));
}

/** DELETE of a collection: all that the selectors choose; the answer lists them. */
export async function deleteCollection(
  request: NamespaceRequest,
  context: ApiContext,
): Promise<void> {
  const { definition, namespace, response } = request;
  const options = await readDeleteOptions(request);
  const { items, resourceVersion } = selectedObjects(request, context);
  const deleted = items.flatMap(({ metadata: { name } }) => {
    // What may not be deleted is not among what a deletion of all deletes.
    if (refusalOf({ definition, namespace, name }, context) !== undefined) return [];
    try {
      return [context.store.delete(definition, namespace, name, options).object];
    } catch (thrown) {
      // A watcher of an earlier deletion may have taken this one along.
      if (thrown instanceof PortunixError && thrown.code === "NotFound") return [];
      throw thrown;
    }
  });
  sendText(
    response,
    200,
    listText(request, context, { items: deleted, metadata: { resourceVersion } }),
  );
}

/** Why one object may not be deleted by any client. */
function refusalOf(
  { definition, namespace, name }: Pick<ObjectRequest, "definition" | "namespace" | "name">,
  { store }: ApiContext,
): PortunixError | undefined {
  const object = definition.refuseDelete && store.get(definition, namespace, name);
  const reason = object && definition.refuseDelete?.(object);
  if (reason === undefined) return undefined;
  const subject = `${qualifiedName(definition)} "${name}"`;
  return new PortunixError("PermissionDenied", `${subject} is forbidden: ${reason}`);
}

function detailsOf({ group, plural }: ResourceDefinition, { metadata }: StoredObject): object {
  const { name, uid } = metadata;
  return { name, ...(group === "" ? {} : { group }), kind: plural, uid };
}
