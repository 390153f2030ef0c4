/** Gives every value that a path leads to, in order; empty where it leads nowhere. */
export type JsonPath = (value: unknown) => readonly unknown[];

const STEP =
  /\.((?:\\.|[^.[\]\\'"?(){}\s])+)|\[(\d+)\]|(?:\.|)\[?(\*)\]?|\['([^']*)'\]|\["([^"]*)"\]|\[\?\(\s*@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)'|(\d+|true|false))\s*\)\]/gy;

/**
 * Reads the JSONPath of a printer column: members, indices, `[*]`, and filters such as
 * `.status.conditions[?(@.type=="Ready")].status`. @returns undefined when `text` is no such path.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const path = /^\{.*\}$/s.test(text) ? text.slice(1, -1) : text;
  if (path === "" || path.length > 1024) return undefined;
  const steps: JsonPath[] = [];
  let end = 0;
  for (const match of path.matchAll(STEP)) {
    if (match[0] === "") break;
    end = match.index + match[0].length;
    steps.push(stepOf(match));
  }
  if (end !== path.length) return undefined;
  return (value) => steps.reduce<readonly unknown[]>((at, step) => at.flatMap(step), [value]);
}

/** The names of a path of plain members, such as `.spec.replicas`; undefined for any other. */
export function memberNames(path: string): readonly string[] | undefined {
  return /^(\.[A-Za-z_][\w-]*)+$/.test(path) ? path.split(".").slice(1) : undefined;
}

function stepOf(match: RegExpMatchArray): JsonPath {
  const [, name, index, star, quoted, doubleQuoted, field, ...wanted] = match;
  if (index !== undefined) return (value) => present(Array.isArray(value), value, Number(index));
  if (star !== undefined) return membersOf;
  if (field !== undefined) {
    const text = wanted.find((one) => one !== undefined) ?? "";
    return (value) =>
      Array.isArray(value) ? value.filter((item) => textAt(item, field) === text) : [];
  }
  const member = quoted ?? doubleQuoted ?? (name ?? "").replaceAll(/\\(.)/g, "$1");
  return (value) => present(isObject(value), value, member);
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function present(isFit: boolean, value: unknown, key: string | number): readonly unknown[] {
  if (!isFit || !Object.hasOwn(value as object, key)) return [];
  return [(value as Record<string | number, unknown>)[key]];
}

/** The text of a scalar below `item`. */
function textAt(item: unknown, path: string): string | undefined {
  let value = item;
  for (const name of path.split(".")) [value] = present(isObject(value), value, name);
  return scalarText(value);
}

/** The text of a string, a number or a boolean; undefined for all else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
