import type { JsonSchema } from "./json-schema.ts";

/**
 * A schema of ours as OpenAPI v3 writes it, and as a structural schema of a
 * CustomResourceDefinition: the formats that only we know are left out, and so is
 * `additionalProperties: false`, which such schemas mean anyway.
 */
export function toOpenApiSchema(schema: JsonSchema): Readonly<Record<string, unknown>> {
  const { properties, items, additionalProperties, format, ...rest } = schema;
  const isMap = properties === undefined && additionalProperties !== undefined;
  return {
    ...rest,
    ...(format === undefined || OUR_FORMATS.has(format) ? {} : { format }),
    ...(properties === undefined ? {} : { properties: mapValues(properties) }),
    ...(items === undefined ? {} : { items: toOpenApiSchema(items) }),
    ...(isMap && additionalProperties !== false
      ? {
          additionalProperties:
            additionalProperties === true ? true : toOpenApiSchema(additionalProperties),
        }
      : {}),
  };
}

const OUR_FORMATS: ReadonlySet<string> = new Set(["semver", "semver-range"]);

function mapValues(properties: NonNullable<JsonSchema["properties"]>): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, toOpenApiSchema(member)]),
  );
}
