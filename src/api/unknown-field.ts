import type { ErrorCause } from "../base/errors.ts";
import { nearestName } from "../base/nearest-name.ts";

/** Longer names are no misspelling of ours, and comparing them takes long. */
const HINT_MAX_LENGTH = 64;

/** The fault of a field that no schema names, with a hint when a known one is near. */
export function unknownField(path: string, name: string, known: Iterable<string>): ErrorCause {
  const nearest = name.length > HINT_MAX_LENGTH ? undefined : nearestName(name, known);
  const hint = nearest === undefined ? "" : `, did you mean ${JSON.stringify(nearest)}?`;
  return {
    field: path,
    reason: "FieldValueForbidden",
    message: `unknown field ${JSON.stringify(path)}${hint}`,
  };
}

/** Tells such a fault from others: Kubernetes answers it with a strict decoding error (400). */
export function isUnknownField(cause: ErrorCause): boolean {
  return cause.message.startsWith("unknown field ");
}
