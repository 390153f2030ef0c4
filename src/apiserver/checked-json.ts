import { causeText } from "../api/admission.ts";
import { shapeFaults } from "../api/shape.ts";
import { PortunixError } from "../base/errors.ts";
import { badRequest } from "./status-error.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON of unknown origin. What it returns is safe for recursive code: neither deep nor
 * many, and without names such as `__proto__`. Throws BadRequest, or ManifestInvalid for a shape
 * that is not safe.
 */
export function parseCheckedJson(text: string): unknown {
  return checkShape(parse(text));
}

/** Gives the value back. Throws ManifestInvalid for a shape that recursive code could trip over. */
export function checkShape<T>(value: T): T {
  const causes = shapeFaults(value);
  if (causes.length > 0)
    throw new PortunixError("ManifestInvalid", causes.map(causeText).join(", "), { causes });
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : "unknown fault";
    throw badRequest(`the body of the request is not valid JSON: ${reason}`);
  }
}
