import { readFileSync } from "node:fs";
import { PortunixError } from "../../base/errors.ts";
import { renderTemplate, valuesAt, valueText } from "../json-path/evaluate.ts";
import { parsePath, parseTemplate } from "../json-path/parse-template.ts";
import { tableText } from "../output/table-text.ts";
import type { GetRequest } from "./get-request.ts";

export type OutputFormat = Pick<GetRequest, "output" | "render">;

export interface FormatOptions {
  readonly hasHeaders: boolean;
  readonly width: number | undefined;
}

const PLAIN = ["table", "wide", "json", "yaml", "name"] as const;
const HELP =
  "table, wide, json, yaml, name, jsonpath=TEMPLATE, jsonpath-file=FILE, custom-columns=NAME:PATH,... or custom-columns-file=FILE";

/** Reads `-o`, as kubectl has it. */
export function parseFormat(text: string, options: FormatOptions): OutputFormat {
  const plain = PLAIN.find((name) => name === text);
  if (plain !== undefined) return { output: plain };
  const [type = "", ...rest] = text.split("=");
  const argument = rest.join("=");
  if (argument === "" && type.startsWith("custom-columns"))
    throw usage("custom-columns format specified but no custom columns given");
  if (argument === "" && type.startsWith("jsonpath"))
    throw usage("template format specified but no template given");
  if (type === "jsonpath") return jsonPathFormat(argument);
  if (type === "jsonpath-file") return jsonPathFormat(textOf(argument).trimEnd());
  if (type === "custom-columns") return columnsFormat(argument, options);
  if (type === "custom-columns-file")
    return columnsFormat(columnsOfFile(textOf(argument)), options);
  throw usage(`unable to match a printer suitable for the output format "${text}"`);
}

/** By what a path leads to: numbers by their size, text by the numbers in it; what has none comes first. */
export function sorterOf(path: string): (a: unknown, b: unknown) => number {
  const parsed = parsePath(path);
  const valueOf = (object: unknown) => valuesAt(parsed, object, object)[0];
  const collator = new Intl.Collator("en", { numeric: true });
  return (a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === undefined || right === undefined)
      return Number(left !== undefined) - Number(right !== undefined);
    if (typeof left === "number" && typeof right === "number") return left - right;
    return collator.compare(valueText(left), valueText(right));
  };
}

function jsonPathFormat(template: string): OutputFormat {
  // Without any brace it would print itself, which nobody means.
  const isBare = /^[.$[]/.test(template) && !template.includes("{");
  const parts = parseTemplate(isBare ? `{${template}}` : template);
  return { output: "template", render: (value) => renderTemplate(parts, value) };
}

function columnsFormat(text: string, { hasHeaders, width }: FormatOptions): OutputFormat {
  const columns = text.split(/,(?![^[(]*[\])])/).map((column) => {
    const at = column.indexOf(":");
    if (at <= 0 || at === column.length - 1)
      throw usage(`custom-columns: "${column}" must be NAME:PATH, such as NAME:.metadata.name`);
    return { name: column.slice(0, at), path: parsePath(column.slice(at + 1)) };
  });
  const header = hasHeaders ? [columns.map(({ name }) => name)] : [];
  const rowOf = (item: unknown) =>
    columns.map(({ path }) => {
      const values = valuesAt(path, item, item).map(valueText);
      return values.length === 0 ? "<none>" : values.join(",");
    });
  const render = (value: unknown) =>
    tableText([...header, ...itemsOf(value).map(rowOf)], { width });
  return { output: "template", render };
}

/** Two lines: the names, and under each its path. */
function columnsOfFile(text: string): string {
  const [names = [], paths = []] = text.split("\n").map((line) => line.trim().split(/\s+/));
  return names.map((name, index) => `${name}:${paths[index] ?? ""}`).join(",");
}

function itemsOf(value: unknown): readonly unknown[] {
  const { kind, items } = value as { readonly kind?: string; readonly items?: readonly unknown[] };
  return kind === "List" && items !== undefined ? items : [value];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new PortunixError("BadRequest", `cannot read ${file}: ${String(thrown)}`, {
      cause: thrown,
    });
  }
}

function usage(message: string): PortunixError {
  return new PortunixError("BadRequest", `${message}; -o takes ${HELP}`);
}
