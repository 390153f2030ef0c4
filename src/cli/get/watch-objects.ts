import type { ApiClient } from "../../client/api-client.ts";
import { watchObjects, watchTable } from "../../client/watch.ts";
import { PortunixError } from "../../base/errors.ts";
import { cellsOf, headerOf } from "../output/server-table.ts";
import { tableText } from "../output/table-text.ts";
import { type GetRequest, listOptionsOf, namesText } from "./get-request.ts";
import { textOf, withoutManagedFields } from "../output/object-text.ts";

/** Prints what is there, then each change, until the user has seen enough. */
export async function watchAndPrint(client: ApiClient, request: GetRequest): Promise<void> {
  const [target, ...others] = request.targets;
  if (target === undefined || others.length > 0) {
    throw new PortunixError("BadRequest", "-w takes one type, and at most one name");
  }
  const options = {
    ...listOptionsOf(request),
    ...(target.name === undefined ? {} : { fieldSelector: `metadata.name=${target.name}` }),
    signal: new AbortController().signal,
    ...(request.isWatchOnly === true ? { onSynced: () => (isShowing = true) } : {}),
  };
  let isShowing = request.isWatchOnly !== true;
  if (request.output === "table" || request.output === "wide") {
    await printRows(watchTable(client, target.resource, options), request, () => isShowing);
    return;
  }
  for await (const change of watchObjects(client, target.resource, options)) {
    const item =
      request.showManagedFields === true ? change.item : withoutManagedFields(change.item);
    if (!isShowing) continue;
    if (request.output === "name") request.print(namesText([item]));
    else request.print(request.render?.(item) ?? (await documentText(item, request.output)));
  }
}

async function documentText(item: unknown, output: string): Promise<string> {
  return (output === "yaml" ? "---\n" : "") + (await textOf(item, output));
}

/** Columns keep the widths of what came before, so that lines stay under their header. */
async function printRows(
  changes: ReturnType<typeof watchTable>,
  request: GetRequest,
  isShowing: () => boolean,
): Promise<void> {
  const options = {
    isWide: request.output === "wide",
    hasNamespaces: request.namespace === undefined && hasNamespaces(request),
    showLabels: request.showLabels,
    labelColumns: request.labelColumns,
  };
  let columns: Parameters<typeof headerOf>[0];
  const widths: number[] = [];
  for await (const { type, item } of changes) {
    if (!isShowing()) continue;
    const isFirst = columns === undefined;
    columns ??= item.columns;
    const rows = [cellsOf(columns, item.row, options)];
    if (isFirst && request.hasHeaders) rows.unshift(headerOf(columns, options));
    if (type === "DELETED") rows.at(-1)?.push("(deleted)");
    for (const row of rows)
      request.print(tableText([padded(row, widths)], { width: request.width }));
  }
}

function hasNamespaces({ targets }: GetRequest): boolean {
  return targets.some(({ resource }) => resource.namespaced);
}

function padded(row: readonly string[], widths: number[]): string[] {
  return row.map((cell, column) => {
    widths[column] = Math.max(widths[column] ?? 0, cell.length);
    return cell.padEnd(widths[column] ?? 0);
  });
}
