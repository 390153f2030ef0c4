import type { InputObject } from "../api/meta.ts";
import { pruneUnknownFields } from "../api/unknown-fields.ts";
import type { ErrorCause } from "../base/errors.ts";
import { unsupportedValue } from "./query.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { StatusError } from "./status-error.ts";
import { addWarning } from "./warnings.ts";

/**
 * The object without the fields that its kind does not have. What becomes of such fields is the
 * client's choice, by the query's `fieldValidation`: Strict refuses the request (400), Warn (the
 * default) says so in a header, Ignore says nothing.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
export function checkFields(
  { definition, query, response }: Pick<ResourceRequest, "definition" | "query" | "response">,
  input: InputObject,
): InputObject {
  const mode = modeOf(query);
  const { object, unknown } = pruneUnknownFields(definition, input);
  if (unknown.length === 0) return input;
  if (mode === "Strict") throw strictDecodingError(definition, unknown);
  if (mode === "Warn") for (const fault of unknown) addWarning(response, textOf(fault));
  return object as InputObject;
}

const MODES = ["Ignore", "Strict", "Warn"] as const;

function modeOf(query: URLSearchParams): (typeof MODES)[number] {
  const given = query.get("fieldValidation") ?? "";
  if (given === "") return "Warn";
  const mode = MODES.find((one) => one === given);
  if (mode === undefined) throw unsupportedValue("fieldValidation", given, MODES);
  return mode;
}

/** A person reads the first few; the rest is in the causes. */
const MESSAGE_MAX_FAULTS = 20;

function strictDecodingError(
  definition: ResourceRequest["definition"],
  unknown: readonly ErrorCause[],
): StatusError {
  const { version, kind } = definition;
  const texts = unknown.slice(0, MESSAGE_MAX_FAULTS).map(textOf).join(", ");
  return new StatusError(
    400,
    "BadRequest",
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: strict decoding error: ${texts}`,
    { causes: unknown },
  );
}

/** In Kubernetes' words, without our hint. */
function textOf({ field }: ErrorCause): string {
  return `unknown field ${JSON.stringify(field)}`;
}
