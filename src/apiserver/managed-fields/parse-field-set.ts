import { canonicalJson } from "../../base/canonical-json.ts";
import { NO_FIELDS, type FieldSet } from "./field-set.ts";

/** Deeper than any object may be nested. */
const MAX_DEPTH = 100;

/** Reads FieldsV1 that a client wrote; undefined when it is none. Steps of an unknown kind are left out. */
export function parseFieldSet(value: unknown): FieldSet | undefined {
  return value === undefined || value === null ? NO_FIELDS : parseNode(value, 0);
}

function parseNode(value: unknown, depth: number): FieldSet | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (depth > MAX_DEPTH) return undefined;
  const nodes: Record<string, FieldSet> = {};
  for (const [step, child] of Object.entries(value)) {
    const node = parseNode(child, depth + 1);
    if (node === undefined) return undefined;
    if (step === "." && depth === 0) continue;
    if (step !== "." && !/^[fkvi]:/.test(step)) continue;
    const known = step === "." ? step : parseStep(step);
    if (known === undefined) return undefined;
    nodes[known] = step === "." ? NO_FIELDS : node;
  }
  return nodes;
}

/** In the one form in which we write it, so that equal steps are equal texts. */
function parseStep(step: string): string | undefined {
  if (step.startsWith("f:")) return step;
  if (step.startsWith("i:")) return /^i:\d{1,9}$/.test(step) ? step : undefined;
  try {
    const value = JSON.parse(step.slice(2)) as unknown;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject === step.startsWith("k:") ? step.slice(0, 2) + canonicalJson(value) : undefined;
  } catch {
    return undefined;
  }
}
