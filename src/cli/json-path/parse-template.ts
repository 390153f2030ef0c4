import { PortunixError } from "../../base/errors.ts";
import type { Literal, Path, Step, TemplatePart } from "./template.ts";

/**
 * Reads a JSONPath template as kubectl does: text, and in braces paths, `"text"`, and
 * `{range PATH}...{end}`.
 *
 * @see https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function parseTemplate(text: string): readonly TemplatePart[] {
  const stack: { path: Path | undefined; parts: TemplatePart[] }[] = [
    { path: undefined, parts: [] },
  ];
  for (const { isCode, content } of splitBraces(text)) {
    const top = stack.at(-1);
    if (top === undefined) throw fault(text, "{end} without {range}");
    if (!isCode) top.parts.push({ type: "text", text: content });
    else if (content === "end") {
      stack.pop();
      const outer = stack.at(-1);
      if (outer === undefined || top.path === undefined) throw fault(text, "{end} without {range}");
      outer.parts.push({ type: "range", path: top.path, parts: top.parts });
    } else if (/^range\s/.test(content)) {
      stack.push({ path: parsePath(content.slice(6).trim()), parts: [] });
    } else top.parts.push(...parseCode(content));
  }
  const [first, ...open] = stack;
  if (first === undefined || open.length > 0) throw fault(text, "{range} without {end}");
  return first.parts;
}

/** A path with or without braces and leading dot, as `--sort-by` and columns take it. */
export function parsePath(text: string): Path {
  const bare = /^\{(.*)\}$/s.exec(text.trim())?.[1] ?? text.trim();
  const path = bare.replace(/^[$@]/, "");
  const steps = stepsOf(/^[.[]/.test(path) || path === "" ? path : `.${path}`);
  return { steps, isRoot: bare.startsWith("$") };
}

interface Piece {
  readonly isCode: boolean;
  readonly content: string;
}

/** Text and what is in braces; a brace in quotes is text. */
function splitBraces(text: string): Piece[] {
  const pieces: Piece[] = [];
  const pattern = /\{((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^{}"'])*)\}|[^{]+/gy;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    end = match.index + match[0].length;
    const isCode = match[1] !== undefined;
    pieces.push({ isCode, content: isCode ? (match[1] ?? "").trim() : match[0] });
  }
  if (end !== text.length) throw fault(text, "a { without its }");
  return pieces;
}

/** Several in one pair of braces, as in `{.a} `, `{"\n"}` and `{.a "\t" .b}`. */
function parseCode(code: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of code.matchAll(WORD)) {
    const [all, word = ""] = match;
    end = match.index + all.length;
    if (/^["']/.test(word)) parts.push({ type: "text", text: unquote(word) });
    else parts.push({ type: "path", path: parsePath(word) });
  }
  if (end !== code.length) throw fault(code, `cannot be read from "${code.slice(end)}" on`);
  return parts;
}

const WORD = /\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\[[^\]]*\]|[^\s[\]"'])+)/gy;

const STEP =
  /\.\.(?<deep>[\w$-]+|\*|(?=\[))|\.(?<name>(?:\\.|[^.[\]\s])+)|\[(?<inner>(?:\[[^\]]*\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^[\]"'])*)\]|\.(?=\[|$)/gy;

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let end = 0;
  for (const match of text.matchAll(STEP)) {
    end = match.index + match[0].length;
    const { deep, name, inner } = match.groups ?? {};
    if (deep !== undefined) steps.push({ type: "descend" });
    if (deep !== undefined && deep !== "") steps.push(nameStep(deep));
    else if (name !== undefined) steps.push(nameStep(name.replaceAll(/\\(.)/g, "$1")));
    else if (inner !== undefined) steps.push(bracketStep(inner.trim(), text));
    if (match[0] === "") break;
  }
  if (end !== text.length) throw fault(text, `cannot be read from "${text.slice(end)}" on`);
  return steps;
}

function nameStep(name: string): Step {
  return name === "*" ? { type: "all" } : { type: "names", names: [name] };
}

function bracketStep(inner: string, path: string): Step {
  if (inner === "*") return { type: "all" };
  const filter = /^\?\((.*)\)$/s.exec(inner)?.[1];
  if (filter !== undefined) return filterStep(filter.trim(), path);
  if (/^(['"])/.test(inner)) {
    const names = inner.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g) ?? [];
    return { type: "names", names: names.map(unquote) };
  }
  if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inner))
    return { type: "indices", indices: inner.split(",").map(Number) };
  const slice = /^(-?\d*):(-?\d*)(?::(\d*))?$/.exec(inner);
  if (slice === null) throw fault(path, `[${inner}] is no index, slice, name or filter`);
  const [, from, to, by] = slice;
  return { type: "slice", from: numberIn(from), to: numberIn(to), by: numberIn(by) ?? 1 };
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}

function filterStep(text: string, path: string): Step {
  const match = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (match === null) return { type: "filter", left: parsePath(text), test: undefined };
  const [, left = "", operator = "", right = ""] = match;
  if (!isOperator(operator)) throw fault(path, `${operator} is no comparison`);
  return {
    type: "filter",
    left: parsePath(left),
    test: { operator, right: /^[@$]/.test(right) ? parsePath(right) : literalOf(right, path) },
  };
}

function isOperator(text: string): text is "==" | "!=" | "<" | "<=" | ">" | ">=" {
  return ["==", "!=", "<", "<=", ">", ">="].includes(text);
}

function literalOf(text: string, path: string): Literal {
  if (/^["'].*["']$/s.test(text)) return { value: unquote(text) };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  if (text === "true" || text === "false") return { value: text === "true" };
  throw fault(path, `${text} is no string in quotes, number, true or false`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);
}

function fault(text: string, why: string): PortunixError {
  return new PortunixError(
    "BadRequest",
    `the JSONPath "${text}": ${why}; write it like {.metadata.name} or {range .items[*]}{.metadata.name}{"\\n"}{end}`,
  );
}
