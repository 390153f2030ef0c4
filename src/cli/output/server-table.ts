import type { Table, TableRow } from "../../client/api-client.ts";

export interface ServerTableOptions {
  readonly isWide: boolean;
  readonly hasNamespaces: boolean;
  /** Each in a column of its own. */
  readonly labelColumns?: readonly string[] | undefined;
  /** All of them in one column. */
  readonly showLabels?: boolean | undefined;
  /** Put before each name, as in `pod/`: for tables of several kinds. */
  readonly namePrefix?: string | undefined;
}

type Columns = Table["columnDefinitions"];

/** The header of a Table, as `get` shows it. */
export function headerOf(columns: Columns, options: ServerTableOptions): string[] {
  const names = shown(columns, options).map(({ name }) => name.toUpperCase());
  return [
    ...(options.hasNamespaces ? ["NAMESPACE"] : []),
    ...names,
    ...(options.labelColumns ?? []).map((label) => label.split("/").at(-1)?.toUpperCase() ?? ""),
    ...(options.showLabels === true ? ["LABELS"] : []),
  ];
}

/** One row of a Table, as `get` shows it. */
export function cellsOf(columns: Columns, row: TableRow, options: ServerTableOptions): string[] {
  const { name, namespace = "", labels = {} } = row.object?.metadata ?? {};
  const cells = shown(columns, options).map(({ index }) => cellText(row.cells[index]));
  const [first, ...rest] = cells;
  const isNamed = options.namePrefix !== undefined && first === name;
  return [
    ...(options.hasNamespaces ? [namespace] : []),
    ...(isNamed ? [`${options.namePrefix}${first}`, ...rest] : cells),
    ...(options.labelColumns ?? []).map((label) => labels[label] ?? ""),
    ...(options.showLabels === true ? [labelsText(labels)] : []),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? "<none>" : pairs.toSorted().join(",");
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
