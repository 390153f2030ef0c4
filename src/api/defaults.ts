import type { JsonSchema } from "./json-schema.ts";

/**
 * Fills in the defaults of a structural schema, as Kubernetes does: a default stands in for a field
 * that is absent or null, and is itself filled in further; a null in an optional field without a
 * default (YAML's `env:` with nothing) is dropped. The value is never changed; applying twice is
 * the same as once. Values of the wrong type pass through, for the validator to name.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function applyDefaults(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => applyDefaults(items, item));
  }
  if (typeof value !== "object" || value === null) return value;
  if (schema.properties === undefined && schema.additionalProperties === undefined) return value;
  // fromEntries defines own members, so that a key `__proto__` stays a key.
  return Object.fromEntries([...presentFields(schema, value), ...absentFields(schema, value)]);
}

type Entry = readonly [name: string, value: unknown];

function presentFields(schema: JsonSchema, value: object): Entry[] {
  return Object.entries(value).flatMap(([name, member]): Entry[] => {
    if (member === undefined) return [];
    const property = propertyOf(schema, name);
    if (property === undefined) return [[name, member]];
    if (member !== null || property.nullable === true)
      return [[name, applyDefaults(property, member)]];
    if (property.default !== undefined) return [[name, defaultOf(property)]];
    return isOptional(schema, name) ? [] : [[name, member]];
  });
}

function absentFields(schema: JsonSchema, value: object): Entry[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name, property]) => property.default !== undefined && isAbsent(value, name))
    .map(([name, property]) => [name, defaultOf(property)]);
}

/** A member that is undefined is no member, as in JSON. */
function isAbsent(value: object, name: string): boolean {
  return !Object.hasOwn(value, name) || (value as Record<string, unknown>)[name] === undefined;
}

function defaultOf(property: JsonSchema): unknown {
  return applyDefaults(property, structuredClone(property.default));
}

function propertyOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** A null in a map (`additionalProperties`) is a value its author wrote, and stays to be named. */
function isOptional(schema: JsonSchema, name: string): boolean {
  const isNamed = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
  return isNamed && schema.required?.includes(name) !== true;
}
