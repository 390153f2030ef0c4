import type { ErrorObject } from "ajv";
import type { ErrorCause } from "../base/errors.ts";
import { childPath, toFieldPath, type PathSegment } from "./field-path.ts";
import { unknownField } from "./unknown-field.ts";

/** Each costs a search for the nearest name and for its place: of many thousands, minutes. */
const MAX_FAULTS = 1_000;

/**
 * Puts the validator's errors into the words and cause types of kube-apiserver, one for each field:
 * a value of the wrong type is not also said to miss its enum. Beyond a thousand they are counted.
 *
 * @param root - The value that was checked; tells an index from a member named by digits.
 * @param prefix - Field path of `root`; empty for a whole document.
 */
export function toCauses(
  errors: readonly ErrorObject[],
  root: unknown,
  prefix: string,
): readonly ErrorCause[] {
  const byField = new Map<string, Fault>();
  for (const [index, error] of errors.entries()) {
    if (byField.size >= MAX_FAULTS) return [...causesOf(byField), notTold(errors.length - index)];
    const fault = toFault(error, root, prefix);
    const known = byField.get(fault.cause.field);
    if (known === undefined || fault.rank < known.rank) byField.set(fault.cause.field, fault);
  }
  return causesOf(byField);
}

function causesOf(byField: ReadonlyMap<string, Fault>): readonly ErrorCause[] {
  return [...byField.values()].map(({ cause }) => cause);
}

function notTold(count: number): ErrorCause {
  const message = `${count} more faults: mend these first`;
  return { field: "", reason: "FieldValueTooMany", message };
}

interface Fault {
  readonly cause: ErrorCause;
  /** Of several faults of one field, the one with the lowest rank is told. */
  readonly rank: number;
}

function toFault(error: ErrorObject, root: unknown, prefix: string): Fault {
  const path = toFieldPath(segmentsOf(error.instancePath, root), prefix);
  switch (error.keyword) {
    case "required":
      return { rank: 0, cause: required(childPath(path, String(error.params["missingProperty"]))) };
    case "additionalProperties": {
      const name = String(error.params["additionalProperty"]);
      const known = Object.keys((error.parentSchema?.["properties"] as object | undefined) ?? {});
      return { rank: 0, cause: unknownField(childPath(path, name), name, known) };
    }
    case "type":
      return { rank: 1, cause: wrongType(path, error) };
    case "enum":
      return { rank: 2, cause: unsupported(path, error.data, error.params["allowedValues"]) };
    default:
      return { rank: 3, cause: { field: path, ...limit(error) } };
  }
}

function segmentsOf(pointer: string, root: unknown): PathSegment[] {
  const segments: PathSegment[] = [];
  let at = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    segments.push(Array.isArray(at) ? Number(name) : name);
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  return segments;
}

function required(field: string): ErrorCause {
  return { field, reason: "FieldValueRequired", message: "Required value" };
}

function wrongType(field: string, error: ErrorObject): ErrorCause {
  if (error.data === null) return required(field);
  return {
    field,
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: "${typeName(error.data)}": must be of type ${String(error.params["type"])}`,
  };
}

function unsupported(field: string, value: unknown, allowed: unknown): ErrorCause {
  const values = Array.isArray(allowed) ? allowed.map((item) => JSON.stringify(item)) : [];
  return {
    field,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${shown(value)}: supported values: ${values.join(", ")}`,
  };
}

function limit({ keyword, params, data, message }: ErrorObject): Omit<ErrorCause, "field"> {
  const bound = String(params["limit"]);
  switch (keyword) {
    case "maxLength":
      return {
        reason: "FieldValueTooLong",
        message: `Too long: may not be more than ${bound} characters`,
      };
    case "maxItems":
      return {
        reason: "FieldValueTooMany",
        message: `Too many: ${sizeOf(data)}: must have at most ${bound} items`,
      };
    case "minLength":
      return invalid(data, `should be at least ${bound} chars long`);
    case "minItems":
      return invalid(data, `should have at least ${bound} items`);
    case "minProperties":
      return invalid(data, `should have at least ${bound} properties`);
    case "minimum":
      return invalid(data, `should be greater than or equal to ${bound}`);
    case "maximum":
      return invalid(data, `should be less than or equal to ${bound}`);
    case "pattern":
      return invalid(data, `should match '${String(params["pattern"])}'`);
    case "format":
      return invalid(data, FORMAT_HINTS[String(params["format"])] ?? String(message));
    default:
      return invalid(data, String(message));
  }
}

const FORMAT_HINTS: Readonly<Record<string, string>> = {
  semver: "must be a semantic version, such as 1.2.3",
  "semver-range": "must be a range of semantic versions, such as >=1.0.0 <2",
};

function invalid(value: unknown, message: string): Omit<ErrorCause, "field"> {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${shown(value)}: ${message}` };
}

/** JSON's name of the type of `value`, with whole numbers told apart, as kube-apiserver does. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const SHOWN_MAX_LENGTH = 100;

/** A value as a message shows it: scalars as JSON, cut when long; the rest by type. */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return `"${typeName(value)}"`;
  const text = JSON.stringify(
    typeof value === "string" && value.length > SHOWN_MAX_LENGTH
      ? `${value.slice(0, SHOWN_MAX_LENGTH)}...`
      : value,
  );
  return text ?? "null";
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
