import { LAST_APPLIED_ANNOTATION, type StoredObject } from "../../api/meta.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { type Change, planApply } from "../apply/plan-apply.ts";
import { checkChanges, send } from "../apply/send-changes.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";
import { conditionIn, isObserved, isTrue, labelOf, statusOf } from "../objects/plugin-facts.ts";
import { sanitise } from "../output/sanitise.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { unifiedDiff } from "./line-diff.ts";

/**
 * What an apply would change, as text, then what the controller has yet to do for objects that
 * would not change. Empty when all is in sync.
 */
export async function diffManifests(
  client: ApiClient,
  objects: readonly LocalObject[],
): Promise<string> {
  const changes = await planApply(client, objects);
  await checkChanges(
    client,
    changes.filter(({ type }) => type !== "none"),
  );
  const { toYaml } = await import("../output/to-yaml.ts");
  const texts: string[] = [];
  for (const change of changes) texts.push(await diffOf(client, change, toYaml));
  return texts.join("");
}

type ToText = (value: unknown) => string;

async function diffOf(client: ApiClient, change: Change, toText: ToText): Promise<string> {
  const { kind } = change.local.resource;
  const label = labelOf(kind, change.local.name);
  const live = change.type === "create" ? undefined : change.live;
  const next = await wanted(client, change);
  const before = live === undefined ? "" : toText(canonical(hideSecrets(live, next, "before")));
  const after = toText(canonical(hideSecrets(next, live, "after")));
  const diff = unifiedDiff(before, after, [`live/${label}`, `wanted/${label}`]);
  if (diff !== "" || change.type === "create" || kind !== "Plugin") return diff;
  const pending = pendingWork(change.live);
  return pending === undefined ? "" : `${label}: ${sanitise(pending)}\n`;
}

/** A namespace of the same apply may be missing still: then the manifest itself has to do. */
async function wanted(client: ApiClient, change: Change): Promise<StoredObject> {
  try {
    return await send(client, change, { dryRun: true });
  } catch (thrown) {
    if (change.type === "create") return change.body as unknown as StoredObject;
    throw thrown;
  }
}

/** What the user may set, defaulted, in a fixed order. */
function canonical(object: StoredObject): unknown {
  const { apiVersion, kind, metadata, status: _, ...rest } = object;
  const { name, namespace, labels, annotations } = metadata;
  const { [LAST_APPLIED_ANNOTATION]: __, ...others } = annotations ?? {};
  const shown = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(isEmpty(labels) ? {} : { labels: sorted(labels) }),
    ...(isEmpty(others) ? {} : { annotations: sorted(others) }),
  };
  return { apiVersion, kind, metadata: shown, ...(sorted(rest) as object) };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.keys(value).length === 0;
}

/** In words; undefined when the plugin is as its spec says. */
function pendingWork(live: StoredObject): string | undefined {
  const { nextAction = "" } = statusOf(live);
  const next = nextAction === "" ? "" : `; next: ${nextAction}`;
  if (!isObserved(live)) return "has not been looked at since its last change";
  if (isTrue(live, "Reconciling")) {
    return `is not in sync yet: ${conditionIn(live, "Reconciling")?.message ?? ""}${next}`;
  }
  return isTrue(live, "Stalled")
    ? `cannot be brought in sync: ${conditionIn(live, "Stalled")?.message ?? ""}`
    : undefined;
}
