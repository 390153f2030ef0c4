import type { Table, TableRow } from "../../client/api-client.ts";

export interface ServerTableOptions {
  readonly isWide: boolean;
  readonly hasNamespaces: boolean;
}

type Columns = Table["columnDefinitions"];

/** The header of a Table, as `get` shows it. */
export function headerOf(columns: Columns, options: ServerTableOptions): string[] {
  const names = shown(columns, options).map(({ name }) => name.toUpperCase());
  return options.hasNamespaces ? ["NAMESPACE", ...names] : names;
}

/** One row of a Table, as `get` shows it. */
export function cellsOf(columns: Columns, row: TableRow, options: ServerTableOptions): string[] {
  const cells = shown(columns, options).map(({ index }) => cellText(row.cells[index]));
  const namespace = row.object?.metadata?.namespace ?? "";
  return options.hasNamespaces ? [namespace, ...cells] : cells;
}

function shown(columns: Columns, { isWide }: ServerTableOptions) {
  return (columns ?? [])
    .map((column, index) => ({ name: column.name, priority: column.priority ?? 0, index }))
    .filter(({ priority }) => isWide || priority === 0);
}

function cellText(cell: unknown): string {
  if (cell === undefined || cell === null) return "<none>";
  if (typeof cell === "string") return cell;
  return JSON.stringify(cell);
}
