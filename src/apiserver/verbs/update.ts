import type { ApiContext } from "../api-context.ts";
import { managerOf } from "../field-manager/manager-name.ts";
import { toIncomingObject } from "../incoming-object.ts";
import { isDryRun } from "../query.ts";
import { readObject } from "../read-object.ts";
import type { ObjectRequest } from "../resource-request.ts";
import { writeObject } from "../write-object.ts";
import { findObject, sendObject } from "./get.ts";

/**
 * PUT of a whole object, or of its status. With a resourceVersion it must be the stored one, else
 * Conflict; without, the last write wins.
 */
export async function update(request: ObjectRequest, context: ApiContext): Promise<void> {
  const dryRun = isDryRun(request.query);
  const body = await readObject(request.request);
  const incoming = toIncomingObject(body, request);
  const live = findObject(request, context);
  const manager = managerOf(request.query, request.request);
  const object = writeObject(request, context, { incoming, live, dryRun, manager });
  sendObject(request, context, { code: 200, object });
}
