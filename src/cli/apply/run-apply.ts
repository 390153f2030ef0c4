import type { StoredObject } from "../../api/meta.ts";
import type { ApiClient } from "../../client/api-client.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import type { Style } from "../output/style.ts";
import { awaitItems } from "../waiting/await-items.ts";
import { judgeReady } from "../waiting/verdict.ts";
import { type Change, planApply } from "./plan-apply.ts";
import { refuseOwned } from "./refuse-owned.ts";
import { checkChanges, makeChanges, namespacesFirst } from "./send-changes.ts";

export interface ApplyRequest {
  readonly objects: readonly LocalObject[];
  readonly dryRun: "none" | "client" | "server";
  readonly output: "text" | "name" | "json";
  readonly isWaiting: boolean;
  readonly timeoutMs: number;
  readonly style: Style;
  readonly print: (text: string) => void;
}

const WORDS = { create: "created", configure: "configured", none: "unchanged" } as const;
const DRY_RUN_NOTES = { none: "", client: " (dry run)", server: " (server dry run)" } as const;

/** Makes the daemon's objects what the manifests say; all of them or, when one is faulty, none. @returns The exit status. */
export async function runApply(client: ApiClient, request: ApplyRequest): Promise<number> {
  const changes = await planApply(client, request.objects);
  const isReal = request.dryRun === "none";
  if (isReal) await refuseOwned(client, changes);
  if (request.dryRun !== "client")
    await checkChanges(
      client,
      changes.filter(({ type }) => type !== "none"),
    );
  const results: StoredObject[] = [];
  const done = (change: Change, object: StoredObject) => {
    results.push(object);
    if (request.output !== "json") request.print(lineOf(change, request));
  };
  if (isReal) await makeChanges(client, changes, done);
  else for (const change of namespacesFirst(changes)) done(change, wouldBe(change));
  if (request.output === "json") request.print(jsonText(results));
  if (!isReal) return 0;
  // What has not changed here may have changed in its package.
  const isUnchanged = ({ type, local }: Change) =>
    type === "none" && local.resource.kind === "Plugin";
  if (changes.some(isUnchanged)) await client.refresh(request.isWaiting);
  if (!request.isWaiting) return 0;
  return waitUntilReady(client, request);
}

function lineOf({ type, local }: Change, { output, dryRun }: ApplyRequest): string {
  const label = labelOf(local.resource.kind, local.name);
  return output === "name" ? `${label}\n` : `${label} ${WORDS[type]}${DRY_RUN_NOTES[dryRun]}\n`;
}

function wouldBe(change: Change): StoredObject {
  return change.type === "create" ? (change.body as unknown as StoredObject) : change.live;
}

function jsonText(items: readonly StoredObject[]): string {
  const list = { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
  return `${JSON.stringify(items.length === 1 ? items[0] : list, undefined, 2)}\n`;
}

function waitUntilReady(client: ApiClient, { objects, timeoutMs, style }: ApplyRequest) {
  const items = objects
    .filter(({ resource }) => resource.kind === "Plugin")
    .map((address) => ({ address, judge: judgeReady }));
  return awaitItems(client, items, { timeoutMs, style });
}
