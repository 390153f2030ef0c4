import type { Path, Step, TemplatePart, Test } from "./template.ts";

/** What a template prints of a value, as kubectl prints it. */
export function renderTemplate(parts: readonly TemplatePart[], root: unknown): string {
  return render(parts, root, root);
}

/** Every value that a path leads to, in order; empty where it leads nowhere. */
export function valuesAt({ steps, isRoot }: Path, value: unknown, root: unknown): unknown[] {
  let values: unknown[] = [isRoot ? root : value];
  for (const step of steps) values = values.flatMap((one) => take(step, one, root));
  return values;
}

/** A scalar as it is, anything else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null ? "" : JSON.stringify(value);
}

function render(parts: readonly TemplatePart[], value: unknown, root: unknown): string {
  return parts
    .map((part) => {
      if (part.type === "text") return part.text;
      const values = valuesAt(part.path, value, root);
      return part.type === "path"
        ? values.map(valueText).join(" ")
        : values.map((item) => render(part.parts, item, root)).join("");
    })
    .join("");
}

function take(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.type) {
    case "names":
      return step.names.flatMap((name) => member(value, name));
    case "indices":
      return step.indices.flatMap((index) => (Array.isArray(value) ? at(value, index) : []));
    case "slice":
      return Array.isArray(value) ? slice(value, step) : [];
    case "all":
      return membersOf(value);
    case "descend":
      return descend(value);
    case "filter":
    default:
      return (Array.isArray(value) ? value : membersOf(value)).filter((item) =>
        passes(step.left, step.test, { item, root }),
      );
  }
}

function member(value: unknown, name: string): unknown[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : [];
}

function at(list: readonly unknown[], index: number): unknown[] {
  const place = index < 0 ? list.length + index : index;
  return place >= 0 && place < list.length ? [list[place]] : [];
}

function slice(list: readonly unknown[], { from, to, by }: Step & { type: "slice" }): unknown[] {
  return list.slice(from, to).filter((_, index) => index % Math.max(1, by) === 0);
}

function membersOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function descend(value: unknown): unknown[] {
  return [value, ...membersOf(value).flatMap(descend)];
}

interface Scene {
  readonly item: unknown;
  readonly root: unknown;
}

function passes(left: Path, test: Test | undefined, { item, root }: Scene): boolean {
  const [value] = valuesAt(left, item, root);
  if (test === undefined) return value !== undefined;
  const { right, operator } = test;
  const wanted = "value" in right ? right.value : valuesAt(right, item, root)[0];
  if (value === undefined) return operator === "!=" && wanted !== undefined;
  return compare(value, wanted, operator);
}

function compare(left: unknown, right: unknown, operator: Test["operator"]): boolean {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  const isOrdered =
    (typeof left === "number" && typeof right === "number") ||
    (typeof left === "string" && typeof right === "string");
  if (!isOrdered) return false;
  if (operator === "<") return left < right;
  if (operator === "<=") return left <= right;
  return operator === ">" ? left > right : left >= right;
}
