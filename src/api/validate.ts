import { Ajv, type ValidateFunction } from "ajv";
import semver from "semver";
import type { ErrorCause } from "../base/errors.ts";
import { parseFieldPath } from "./field-path.ts";
import type { JsonSchema } from "./json-schema.ts";
import { metadataFaults } from "./metadata.ts";
import { metadataSchema } from "./metadata-schema.ts";
import { apiVersionOf, type ResourceDefinition } from "./resource-definition.ts";
import { toCauses } from "./schema-faults.ts";
import { shapeFaults } from "./shape.ts";
import { unknownField } from "./unknown-field.ts";

/**
 * Every structural fault of a whole object, in the words of kube-apiserver: shape, apiVersion and
 * kind, metadata, and all that the kind's schema says. `status` is not looked at where the kind
 * has one, since a client's status is not taken. An empty list: structurally valid.
 *
 * @param input - Anything; defaults should have been applied (see admit).
 */
export function checkObject(definition: ResourceDefinition, input: unknown): readonly ErrorCause[] {
  const shape = shapeFaults(input);
  if (shape.length > 0) return shape;
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return [{ field: "", reason: "FieldValueTypeInvalid", message: "must be an object" }];
  const { apiVersion, kind, metadata, ...rest } = input as Record<string, unknown>;
  return [
    ...identityFaults(definition, apiVersion, kind),
    ...checkMetadata(definition, metadata ?? {}),
    ...bodyFaults(definition, rest),
  ];
}

/** Every fault of `value` under `schema`. @param path - Field path of `value`, put before each fault's. */
export function checkValue(schema: JsonSchema, value: unknown, path = ""): readonly ErrorCause[] {
  const validate = validatorOf(schema);
  return validate(value) ? [] : toCauses(validate.errors ?? [], value, path);
}

function identityFaults(
  definition: ResourceDefinition,
  apiVersion: unknown,
  kind: unknown,
): ErrorCause[] {
  return [
    ...constantFault("apiVersion", apiVersion, apiVersionOf(definition)),
    ...constantFault("kind", kind, definition.kind),
  ];
}

function checkMetadata(definition: ResourceDefinition, metadata: unknown): ErrorCause[] {
  const structural = checkValue(metadataSchema, metadata, "metadata");
  if (typeof metadata !== "object" || metadata === null) return [...structural];
  // What has the wrong type is named once; the syntax of the other members is still looked at.
  const broken = new Set(structural.map(({ field }) => parseFieldPath(field)[1]));
  const sound = Object.entries(metadata).filter(([name]) => !broken.has(name));
  const syntax = metadataFaults(definition, Object.fromEntries(sound));
  return [...structural, ...syntax.filter(({ field }) => !broken.has(parseFieldPath(field)[1]))];
}

function constantFault(field: string, value: unknown, wanted: string): ErrorCause[] {
  if (value === wanted) return [];
  if (value === undefined || value === null)
    return [{ field, reason: "FieldValueRequired", message: "Required value" }];
  const message = `Invalid value: ${JSON.stringify(value)}: must be ${JSON.stringify(wanted)}`;
  return [{ field, reason: "FieldValueInvalid", message }];
}

const ROOT_FIELDS = ["apiVersion", "kind", "metadata"] as const;

function bodyFaults(
  { schema, hasStatus }: ResourceDefinition,
  { status, ...body }: Record<string, unknown>,
): readonly ErrorCause[] {
  const checked = hasStatus || status === undefined ? body : { ...body, status };
  const causes = checkValue(schema, checked);
  // The schema does not name apiVersion, kind and metadata, yet a misspelt one should be hinted at.
  return causes.map((cause) => {
    if (!Object.hasOwn(checked, cause.field) || Object.hasOwn(schema.properties ?? {}, cause.field))
      return cause;
    const known = [...ROOT_FIELDS, ...Object.keys(schema.properties ?? {})];
    return unknownField(cause.field, cause.field, known);
  });
}

// Filled as schemas are first used, and freed with them; the compiler itself costs 50 ms to set up.
const validators = new WeakMap<JsonSchema, ValidateFunction>();

function validatorOf(schema: JsonSchema): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validate = createAjv().compile(closed(schema));
  validators.set(schema, validate);
  return validate;
}

function createAjv(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictRequired: false,
    // The schemas of custom resources may bound a value without saying its type again.
    strictTypes: false,
    verbose: true,
    ownProperties: true,
    validateSchema: false,
  });
  ajv.addFormat("semver", (text: string) => semver.valid(text) !== null);
  ajv.addFormat("semver-range", (text: string) => semver.validRange(text) !== null);
  for (const keyword of KUBERNETES_KEYWORDS) ajv.addKeyword(keyword);
  return ajv;
}

const KUBERNETES_KEYWORDS = [
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-int-or-string",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-map-type",
];

/** The schema with every object closed that names its fields and does not say that it is open. */
function closed(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties } = schema;
  const isOpen =
    properties === undefined ||
    additionalProperties !== undefined ||
    schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: mapValues(properties, closed) }),
    ...(items === undefined ? {} : { items: closed(items) }),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: closed(additionalProperties) }
      : {}),
    ...(isOpen ? {} : { additionalProperties: false }),
  };
}

function mapValues<T>(
  members: Readonly<Record<string, T>>,
  map: (member: T) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member)]));
}
