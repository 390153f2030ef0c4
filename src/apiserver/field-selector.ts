import type { StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import type { Predicate } from "./label-selector.ts";
import { badRequest } from "./status-error.ts";

/**
 * Parses `metadata.name=x,status.phase!=y`. Knows metadata.name, metadata.namespace and the kind's
 * own selectable fields; any other is BadRequest, never ignored, since a delete may hang on it.
 */
export function parseFieldSelector(text: string, definition: ResourceDefinition): Predicate {
  const terms = splitTerms(text).map((term) => parseTerm(term, definition));
  return (object) => terms.every((matches) => matches(object));
}

/** At commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  return text.split(/(?<!\\),/).filter((term) => term !== "");
}

function parseTerm(term: string, definition: ResourceDefinition): Predicate {
  const [, field, operator, escaped] = /^([^=!]+)(==|!=|=)(.*)$/s.exec(term) ?? [];
  if (field === undefined || escaped === undefined)
    throw badRequest(`invalid selector: ${JSON.stringify(term)}; can't understand it`);
  const read = readerOf(field, definition);
  const wanted = escaped.replaceAll(/\\([\\,=])/g, "$1");
  return operator === "!="
    ? (object) => read(object) !== wanted
    : (object) => read(object) === wanted;
}

function readerOf(
  field: string,
  { selectableFields }: ResourceDefinition,
): (object: StoredObject) => string {
  if (field === "metadata.name") return ({ metadata }) => metadata.name;
  if (field === "metadata.namespace") return ({ metadata }) => metadata.namespace ?? "";
  const reader = Object.hasOwn(selectableFields, field) ? selectableFields[field] : undefined;
  if (reader === undefined) throw badRequest(`field label not supported: ${field}`);
  return reader;
}
