import type { ApiClient, SourceStatus } from "../../client/api-client.ts";
import { PLUGINS } from "../../client/resources.ts";
import { labelOf, statusOf } from "../objects/plugin-facts.ts";
import type { Style } from "../output/style.ts";
import { tableText } from "../output/table-text.ts";
import { type Convergence, convergenceOf, STATE_CODES } from "./convergence.ts";

export interface Summary {
  /** The worst of all codes. */
  readonly code: number;
  readonly plugins: readonly (Convergence & {
    readonly namespace: string;
    readonly name: string;
    readonly ready: string;
  })[];
  readonly sources: readonly SourceStatus[];
}

/** @param namespace - undefined for all. */
export async function readSummary(
  client: ApiClient,
  options: { readonly namespace: string | undefined; readonly labelSelector: string | undefined },
): Promise<Summary> {
  const [{ items }, sources] = await Promise.all([client.list(PLUGINS, options), client.sources()]);
  const plugins = items.map((plugin) => ({
    namespace: plugin.metadata.namespace ?? "",
    name: plugin.metadata.name,
    ready: statusOf(plugin).ready ?? "",
    ...convergenceOf(plugin),
  }));
  const codes = [...plugins.map(({ code }) => code), ...sources.map(sourceCode)];
  return { code: Math.max(0, ...codes), plugins, sources };
}

/** For people. */
export function summaryText(
  { plugins, sources }: Summary,
  { style, width }: { readonly style: Style; readonly width: number | undefined },
): string {
  const counts = new Map<string, number>();
  for (const { state } of plugins) counts.set(state, (counts.get(state) ?? 0) + 1);
  const converged = counts.get("Converged") ?? 0;
  const headline = `${converged} of ${plugins.length} plugins as wanted`;
  const rows = plugins.map((plugin) => [
    labelOf("Plugin", plugin.name),
    plugin.ready,
    plugin.state,
    plugin.message,
  ]);
  const table =
    rows.length === 0 ? "" : tableText([["NAME", "READY", "STATE", "MESSAGE"], ...rows], { width });
  const isGood = converged === plugins.length;
  return `${style(isGood ? "green" : "yellow", headline)}\n${table}${sourcesText(sources, width)}`;
}

function sourcesText(sources: readonly SourceStatus[], width: number | undefined): string {
  if (sources.length === 0) return "";
  const rows = sources.flatMap((source) => [
    [source.sourceId, String(source.objects), source.complete ? "complete" : source.reason],
    ...source.problems.map(({ file, line, column, message }) => [
      `  ${file}:${line}:${column}`,
      "",
      message,
    ]),
    ...source.keptFromDeletion.map(({ ref, message }) => [
      `  ${labelOf(ref.kind, ref.name)}`,
      "kept",
      message,
    ]),
  ]);
  return `\n${tableText([["SOURCE", "OBJECTS", "STATE"], ...rows], { width })}`;
}

function sourceCode({ complete, problems }: SourceStatus): number {
  return complete && problems.length === 0 ? 0 : STATE_CODES.SourceInvalid;
}
