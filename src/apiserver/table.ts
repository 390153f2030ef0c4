import type { ObjectMeta, StoredObject } from "../api/meta.ts";
import type { PrinterColumn, ResourceDefinition } from "../api/resource-definition.ts";
import type { Format } from "./accept.ts";
import { humanDuration } from "./human-duration.ts";

export interface TableOptions {
  readonly version: Format["version"];
  /** What a row carries of its object; `Metadata` unless asked otherwise. */
  readonly includeObject: "None" | "Metadata" | "Object";
  readonly nowMs: number;
  /** Left out of all but the first Table of a watch. */
  readonly hasHeader: boolean;
}

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface Table {
  readonly kind: "Table";
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly columnDefinitions: readonly object[] | null;
  readonly rows: readonly object[];
}

/** Objects as the rows of a table, in the columns of their kind. @param resourceVersion - Of the list. */
export function toTable(
  definition: ResourceDefinition,
  objects: readonly StoredObject[],
  options: TableOptions & { readonly resourceVersion: string },
): Table {
  const { columns } = definition;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: { resourceVersion: options.resourceVersion },
    columnDefinitions: options.hasHeader ? columns.map(toColumnDefinition) : null,
    rows: objects.map((object) => toRow(object, columns, options)),
  };
}

/** The metadata alone, as controllers ask for it that need no more. */
export function toPartialObject(
  { metadata }: { readonly metadata: ObjectMeta },
  version: Format["version"],
): object {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata };
}

function toColumnDefinition({ name, type, description, priority }: PrinterColumn): object {
  const format = name === "Name" ? "name" : "";
  return { name, type, format, description, priority };
}

function toRow(
  object: StoredObject,
  columns: readonly PrinterColumn[],
  { includeObject, version, nowMs }: TableOptions,
): object {
  const cells = columns.map((column) => toCell(column, object, nowMs));
  if (includeObject === "None") return { cells };
  if (includeObject === "Object") return { cells, object };
  return { cells, object: toPartialObject(object, version) };
}

function toCell(
  column: PrinterColumn,
  object: StoredObject,
  nowMs: number,
): string | number | null {
  const value = column.cell(object);
  if (value === undefined) return null;
  if (column.type !== "date") return value;
  const timeMs = Date.parse(String(value));
  return Number.isNaN(timeMs) ? "<unknown>" : humanDuration(nowMs - timeMs);
}
