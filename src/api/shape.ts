import type { ErrorCause } from "../base/errors.ts";
import { childPath } from "./field-path.ts";

/** What any document may be at most; far above what a person writes. */
export const SHAPE_LIMITS = { maxDepth: 64, maxValues: 100_000 } as const;

/** Member names that other code could take for more than data. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * What is wrong with a value before any schema is asked: nested too deep (or in a circle), too
 * many values, a member name that is not safe. Never throws, and never runs long.
 */
export function shapeFaults(value: unknown): readonly ErrorCause[] {
  const faults: ErrorCause[] = [];
  const open: { readonly path: string; readonly value: unknown; readonly depth: number }[] = [
    { path: "", value, depth: 0 },
  ];
  for (let seen = 0; open.length > 0; seen += 1) {
    const next = open.pop();
    if (next === undefined || typeof next.value !== "object" || next.value === null) continue;
    if (next.depth >= SHAPE_LIMITS.maxDepth)
      return [forbidden(next.path, `nested deeper than ${SHAPE_LIMITS.maxDepth} levels`)];
    const children = membersOf(next.value);
    if (seen + open.length + children.length > SHAPE_LIMITS.maxValues)
      return [forbidden("", `more than ${SHAPE_LIMITS.maxValues} values`)];
    for (const [name, child] of children) {
      const path = childPath(next.path, name);
      if (typeof name === "string" && isForbiddenName(name))
        faults.push(forbidden(path, `a field may not be named ${JSON.stringify(name)}`));
      open.push({ path, value: child, depth: next.depth + 1 });
    }
  }
  return faults;
}

export function isForbiddenName(name: string): boolean {
  return FORBIDDEN_NAMES.has(name);
}

function membersOf(value: object): readonly (readonly [string | number, unknown])[] {
  return Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
}

function forbidden(field: string, message: string): ErrorCause {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${message}` };
}
