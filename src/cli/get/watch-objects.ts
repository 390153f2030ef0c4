import type { ApiClient } from "../../client/api-client.ts";
import { watchObjects, watchTable } from "../../client/watch.ts";
import { PortunixError } from "../../base/errors.ts";
import { cellsOf, headerOf } from "../output/server-table.ts";
import { tableText } from "../output/table-text.ts";
import { type GetRequest, listOptionsOf, namesText } from "./get-request.ts";
import { textOf } from "../output/object-text.ts";

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
  };
  if (request.output === "table" || request.output === "wide") {
    await printRows(watchTable(client, target.resource, options), request);
    return;
  }
  for await (const { item } of watchObjects(client, target.resource, options)) {
    const isName = request.output === "name";
    request.print(isName ? namesText([item]) : await documentText(item, request.output));
  }
}

async function documentText(item: unknown, output: string): Promise<string> {
  return (output === "yaml" ? "---\n" : "") + (await textOf(item, output));
}

/** Columns keep the widths of what came before, so that lines stay under their header. */
async function printRows(
  changes: ReturnType<typeof watchTable>,
  request: GetRequest,
): Promise<void> {
  const options = {
    isWide: request.output === "wide",
    hasNamespaces: request.namespace === undefined,
  };
  let columns: Parameters<typeof headerOf>[0];
  const widths: number[] = [];
  for await (const { type, item } of changes) {
    const isFirst = columns === undefined;
    columns ??= item.columns;
    const rows = [cellsOf(columns, item.row, options)];
    if (isFirst && request.hasHeaders) rows.unshift(headerOf(columns, options));
    if (type === "DELETED") rows.at(-1)?.push("(deleted)");
    for (const row of rows)
      request.print(tableText([padded(row, widths)], { width: request.width }));
  }
}

function padded(row: readonly string[], widths: number[]): string[] {
  return row.map((cell, column) => {
    widths[column] = Math.max(widths[column] ?? 0, cell.length);
    return cell.padEnd(widths[column] ?? 0);
  });
}
