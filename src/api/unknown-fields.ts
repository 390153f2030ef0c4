import type { ErrorCause } from "../base/errors.ts";
import { childPath } from "./field-path.ts";
import type { JsonSchema } from "./json-schema.ts";
import { metadataSchema } from "./metadata-schema.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { unknownField } from "./unknown-field.ts";

/**
 * Takes the fields that the kind's schema does not name out of an object, and tells which they
 * were. Like Kubernetes, it asks nothing of the values: those are for validation.
 *
 * @param input - Of a safe shape (see shapeFaults); not changed, and shared where nothing went.
 */
export function pruneUnknownFields(
  definition: ResourceDefinition,
  input: object,
): { readonly object: object; readonly unknown: readonly ErrorCause[] } {
  const unknown: ErrorCause[] = [];
  const object = prune(rootSchema(definition), input, { path: "", unknown });
  return { object: object as object, unknown };
}

const ANYTHING: JsonSchema = {};
const OBJECT_FIELDS = { apiVersion: ANYTHING, kind: ANYTHING };

function rootSchema({ schema }: ResourceDefinition): JsonSchema {
  if (schema.properties === undefined) return schema;
  const properties = { ...OBJECT_FIELDS, metadata: metadataSchema, ...schema.properties };
  return { ...schema, properties };
}

interface Place {
  readonly path: string;
  readonly unknown: ErrorCause[];
}

function prune(schema: JsonSchema, value: unknown, place: Place): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return same(
      value,
      value.map((item, index) => prune(items, item, at(place, index))),
    );
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const property = propertyOf(schema, name);
    if (property !== undefined) return [[name, prune(property, member, at(place, name))]];
    const { path } = at(place, name);
    place.unknown.push(unknownField(path, name, Object.keys(schema.properties ?? {})));
    return [];
  });
  const isSame =
    kept.length === Object.keys(value).length &&
    kept.every(([name, member]) => (value as Record<string, unknown>)[name] === member);
  return isSame ? value : Object.fromEntries(kept);
}

/** The schema of a member; undefined when it has no place here. */
function propertyOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  if (typeof additionalProperties === "object") return additionalProperties;
  const isOpen =
    properties === undefined ||
    additionalProperties === true ||
    schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isOpen) return ANYTHING;
  const isObjectField =
    schema["x-kubernetes-embedded-resource"] === true &&
    ["apiVersion", "kind", "metadata"].includes(name);
  return isObjectField ? ANYTHING : undefined;
}

function at({ path, unknown }: Place, segment: string | number): Place {
  return { path: childPath(path, segment), unknown };
}

function same<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}
