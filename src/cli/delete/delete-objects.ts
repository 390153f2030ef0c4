import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import type { Style } from "../output/style.ts";
import { awaitItems } from "../waiting/await-items.ts";
import { judgeDeleted } from "../waiting/verdict.ts";
import type { WaitItem } from "../waiting/wait-for.ts";
import { dependentsFirst } from "./dependents-first.ts";

export interface DeleteRequest {
  readonly addresses: readonly ObjectAddress[];
  readonly isWaiting: boolean;
  readonly isMissingFine: boolean;
  readonly timeoutMs: number;
  readonly style: Style;
  readonly print: (text: string) => void;
}

/** Deletes, and waits until all are gone. @returns The exit status. */
export async function deleteObjects(client: ApiClient, request: DeleteRequest): Promise<number> {
  const missing: PortunixError[] = [];
  const going: WaitItem[] = [];
  for (const address of await dependentsFirst(client, request.addresses)) {
    try {
      const object = await client.delete(address);
      if (object === undefined) request.print(`${nameOf(address)} deleted\n`);
      else going.push({ address, judge: judgeDeleted(object.metadata.uid) });
    } catch (thrown) {
      if (!(thrown instanceof PortunixError) || thrown.code !== "NotFound") throw thrown;
      if (!request.isMissingFine) missing.push(thrown);
    }
  }
  const code = await finish(client, going, request);
  const [first, ...rest] = missing;
  for (const error of rest) process.stderr.write(`Error: ${error.message}\n`);
  if (first !== undefined) throw first;
  return code;
}

async function finish(
  client: ApiClient,
  going: readonly WaitItem[],
  { isWaiting, timeoutMs, style, print }: DeleteRequest,
): Promise<number> {
  if (!isWaiting) {
    for (const { address } of going) print(`${nameOf(address)} is being deleted\n`);
    return 0;
  }
  return awaitItems(client, going, {
    timeoutMs,
    style,
    onMet: ({ address }) => print(`${nameOf(address)} deleted\n`),
  });
}

function nameOf({ resource, name }: ObjectAddress): string {
  return labelOf(resource.kind, name);
}
