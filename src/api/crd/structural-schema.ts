import type { ErrorCause } from "../../base/errors.ts";
import { childPath } from "../field-path.ts";
import type { JsonSchema } from "../json-schema.ts";

/** An OpenAPI v3 schema as a client wrote it. */
type OpenApiSchema = Readonly<Record<string, unknown>>;

const TYPES: readonly unknown[] = ["object", "array", "string", "integer", "number", "boolean"];

/**
 * What keeps an OpenAPI schema from being structural, in the words of kube-apiserver.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralFaults(schema: unknown, path: string): readonly ErrorCause[] {
  if (!isObject(schema)) return [required(path)];
  const own = [...typeFaults(schema, path), ...keywordFaults(schema, path)];
  const { properties, items, additionalProperties } = schema;
  const members = isObject(properties) ? Object.entries(properties) : [];
  return [
    ...own,
    ...members.flatMap(([name, member]) =>
      structuralFaults(member, childPath(`${path}.properties`, name)),
    ),
    ...(items === undefined ? [] : structuralFaults(items, `${path}.items`)),
    ...(isObject(additionalProperties)
      ? structuralFaults(additionalProperties, `${path}.additionalProperties`)
      : []),
  ];
}

function typeFaults(schema: OpenApiSchema, path: string): ErrorCause[] {
  const { type } = schema;
  const mayLackType =
    schema["x-kubernetes-int-or-string"] === true ||
    schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (type === undefined || type === "") {
    return mayLackType ? [] : [required(`${path}.type`, "must not be empty")];
  }
  if (!TYPES.includes(type)) {
    const known = TYPES.map((one) => JSON.stringify(one)).join(", ");
    const message = `Unsupported value: ${JSON.stringify(type)}: supported values: ${known}`;
    return [{ field: `${path}.type`, reason: "FieldValueNotSupported", message }];
  }
  return type === "array" && schema["items"] === undefined
    ? [required(`${path}.items`, "must be specified")]
    : [];
}

const FORBIDDEN = ["$ref", "definitions", "dependencies", "patternProperties", "id"] as const;

function keywordFaults(schema: OpenApiSchema, path: string): ErrorCause[] {
  const { properties, additionalProperties, pattern, uniqueItems } = schema;
  const faults = FORBIDDEN.filter((name) => schema[name] !== undefined).map((name) =>
    forbidden(childPath(path, name), `${name} is not supported`),
  );
  if (properties !== undefined && additionalProperties !== undefined)
    faults.push(
      forbidden(
        `${path}.additionalProperties`,
        "additionalProperties and properties are mutual exclusive",
      ),
    );
  if (uniqueItems === true)
    faults.push(
      forbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  if (pattern !== undefined && !isPattern(pattern))
    faults.push({
      field: `${path}.pattern`,
      reason: "FieldValueInvalid",
      message: `Invalid value: ${JSON.stringify(pattern)}: must be a valid regular expression`,
    });
  const isMap = schema["x-kubernetes-list-type"] === "map";
  const keys = schema["x-kubernetes-list-map-keys"];
  if (isMap && (!Array.isArray(keys) || keys.length === 0))
    faults.push(
      required(
        `${path}.x-kubernetes-list-map-keys`,
        "must not be empty if x-kubernetes-list-type is map",
      ),
    );
  return faults;
}

/** A structural OpenAPI schema as a schema of ours; what neither has in common is left out. */
export function toJsonSchema(schema: unknown): JsonSchema {
  if (!isObject(schema)) return {};
  const kept = Object.entries(schema).filter(([keyword]) => COPIED.has(keyword));
  const { properties, items, additionalProperties, not } = schema;
  // An object that names no field has none, unless it says that it is open.
  const isClosed =
    schema["type"] === "object" &&
    additionalProperties === undefined &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true;
  return {
    ...Object.fromEntries(kept),
    ...exclusiveBounds(schema),
    ...(schema["nullable"] === true && schema["type"] !== undefined ? { nullable: true } : {}),
    ...(isObject(properties) || isClosed ? { properties: mapValues(properties) } : {}),
    ...(isObject(items) ? { items: toJsonSchema(items) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties: isObject(additionalProperties)
            ? toJsonSchema(additionalProperties)
            : additionalProperties === true,
        }),
    ...combined(schema),
    ...(isObject(not) ? { not: withoutShape(not) } : {}),
  };
}

const COPIED: ReadonlySet<string> = new Set([
  "type",
  "description",
  "required",
  "enum",
  "default",
  "pattern",
  "minimum",
  "maximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-int-or-string",
  "x-kubernetes-embedded-resource",
]);

/** OpenAPI v3.0 has a flag beside the bound where JSON Schema has a bound of its own. */
function exclusiveBounds(schema: OpenApiSchema): JsonSchema {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return {
    ...(exclusiveMinimum === true && typeof minimum === "number"
      ? { exclusiveMinimum: minimum }
      : {}),
    ...(exclusiveMaximum === true && typeof maximum === "number"
      ? { exclusiveMaximum: maximum }
      : {}),
  };
}

function combined(schema: OpenApiSchema): JsonSchema {
  const branches = (["allOf", "anyOf", "oneOf"] as const).flatMap((keyword) => {
    const value = schema[keyword];
    return Array.isArray(value) && value.length > 0
      ? [[keyword, value.map((branch) => withoutShape(branch))] as const]
      : [];
  });
  return Object.fromEntries(branches);
}

/** A branch says something of values alone: it closes nothing and fills nothing in. */
function withoutShape(schema: unknown): JsonSchema {
  if (!isObject(schema)) return {};
  const { properties, ...rest } = toJsonSchema({ ...schema, default: undefined });
  const isEmpty = properties === undefined || Object.keys(properties).length === 0;
  return isEmpty ? rest : { ...rest, properties, additionalProperties: true };
}

function mapValues(properties: unknown): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(isObject(properties) ? properties : {}).map(([name, member]) => [
      name,
      toJsonSchema(member),
    ]),
  );
}

const PATTERN_MAX_LENGTH = 4096;

function isPattern(pattern: unknown): boolean {
  if (typeof pattern !== "string" || pattern.length > PATTERN_MAX_LENGTH) return false;
  try {
    return new RegExp(pattern, "u").source !== "";
  } catch {
    return false;
  }
}

function required(field: string, what?: string): ErrorCause {
  const message = what === undefined ? "Required value" : `Required value: ${what}`;
  return { field, reason: "FieldValueRequired", message };
}

function forbidden(field: string, what: string): ErrorCause {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${what}` };
}

function isObject(value: unknown): value is OpenApiSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
