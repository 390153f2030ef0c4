import type { StoredObject } from "../../api/meta.ts";
import type { Blocker } from "../../api/plugin.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { PLUGINS } from "../../client/resources.ts";
import { nextText } from "../describe/describe-object.ts";
import { conditionIn, isObserved, isTrue, labelOf, statusOf } from "../objects/plugin-facts.ts";
import { getIfThere } from "../objects/select.ts";
import { sanitise } from "../output/sanitise.ts";
import { remedyFor } from "./remedies.ts";

/** One plugin on the way from the one asked about to what is at the root. */
export interface Explanation {
  readonly name: string;
  /** undefined = it does not exist. */
  readonly plugin: StoredObject | undefined;
  readonly blockers: readonly {
    readonly blocker: Blocker;
    /** What the blocker waits for; undefined when the cause is its own, or has been told already. */
    readonly cause: Explanation | undefined;
  }[];
}

const MAX_DEPTH = 32;
const MAX_PLUGINS = 256;

/** Follows the blockers of a plugin to their roots. */
export async function explain(
  client: ApiClient,
  namespace: string,
  name: string,
): Promise<Explanation> {
  const seen = new Set<string>();
  const visit = async (current: string, depth: number): Promise<Explanation> => {
    seen.add(current);
    const plugin = await getIfThere(client, { resource: PLUGINS, namespace, name: current });
    const blockers: Explanation["blockers"][number][] = [];
    for (const blocker of plugin === undefined ? [] : blockersOf(plugin)) {
      const next =
        blocker.object?.startsWith("plugin/") === true ? blocker.object.slice(7) : undefined;
      const isNew =
        next !== undefined && !seen.has(next) && depth < MAX_DEPTH && seen.size < MAX_PLUGINS;
      blockers.push({ blocker, cause: isNew ? await visit(next, depth + 1) : undefined });
    }
    return { name: current, plugin, blockers };
  };
  return visit(name, 0);
}

function blockersOf(plugin: StoredObject): readonly Blocker[] {
  return statusOf(plugin).blockers ?? [];
}

/** For people: what is so, why, what happens next, and what would help. */
export function explanationText(explanation: Explanation): string {
  const { name, plugin } = explanation;
  if (plugin === undefined) return "";
  const lines = [headline(name, plugin), ...causeLines(explanation, "  ")];
  for (const type of ["SourceInvalid", "Conflict"]) {
    if (isTrue(plugin, type)) lines.push(`  ${conditionIn(plugin, type)?.message ?? type}`);
  }
  const next = nextText(plugin);
  lines.push(`Next: ${next === "" ? nothingNext(plugin) : next}`);
  for (const remedy of remedies(explanation)) lines.push(`Try:  ${remedy}`);
  return lines.map((line) => `${sanitiseLine(line)}\n`).join("");
}

function headline(name: string, plugin: StoredObject): string {
  const label = labelOf("Plugin", name);
  if (!isObserved(plugin)) return `${label} has changed; the controller has not looked at it yet`;
  const ready = conditionIn(plugin, "Ready");
  const phase = statusOf(plugin).phase ?? "unknown";
  if (plugin.metadata.deletionTimestamp !== undefined) return `${label} is being deleted`;
  if (isTrue(plugin, "Suspended")) return `${label} is suspended in phase ${phase}`;
  if (ready?.status === "True") return `${label} is ready: ${phase}`;
  const state = isTrue(plugin, "Stalled") ? "is stalled" : "is not ready";
  return `${label} ${state}: ${ready?.reason ?? "Unknown"}${ready?.message ? `: ${ready.message}` : ""}`;
}

function causeLines({ blockers }: Explanation, indent: string): string[] {
  return blockers.flatMap(({ blocker, cause }) => {
    const on = blocker.object === undefined ? "" : ` (${blocker.object})`;
    const line = `${indent}because ${blocker.reason}${on}: ${blocker.message}`;
    if (cause === undefined) return [line];
    const state =
      cause.plugin === undefined ? "does not exist" : headline(cause.name, cause.plugin);
    const text = cause.plugin === undefined ? `${labelOf("Plugin", cause.name)} ${state}` : state;
    return [line, `${indent}  ${text}`, ...causeLines(cause, `${indent}  `)];
  });
}

function nothingNext(plugin: StoredObject): string {
  if (isTrue(plugin, "Stalled"))
    return "nothing, until the plugin, its package or its configuration changes";
  return isTrue(plugin, "Ready") ? "nothing; all is as wanted" : "nothing, until something changes";
}

/** What a person could do about each root cause. */
function remedies({ name, plugin, blockers }: Explanation): string[] {
  if (plugin === undefined) return [`portunix apply -f FILE   # with a plugin named ${name}`];
  const found = blockers.flatMap(({ blocker, cause }) => {
    if (cause !== undefined) return remedies(cause);
    const remedy = remedyFor(blocker.reason, name, plugin);
    return remedy === undefined ? [] : [remedy];
  });
  if (found.length === 0 && isTrue(plugin, "Stalled")) {
    const remedy = remedyFor(conditionIn(plugin, "Stalled")?.reason ?? "", name, plugin);
    return remedy === undefined ? [] : [remedy];
  }
  return [...new Set(found)];
}

function sanitiseLine(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  return indent + sanitise(line.slice(indent.length));
}
