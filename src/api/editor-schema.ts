import type { JsonSchema } from "./json-schema.ts";
import { metadataSchema } from "./metadata-schema.ts";
import { NAME_MAX_LENGTH, NAME_PATTERN } from "./meta.ts";
import { pluginDefinition } from "./plugin-definition.ts";
import { apiVersionOf } from "./resource-definition.ts";

/**
 * The JSON Schema (draft-07) of a whole Plugin document, for editors: completion, hover texts and
 * faults as one types. The committed schema/plugin.schema.json is this, and a test keeps it so.
 */
export function editorSchema(): object {
  const { kind, schema } = pluginDefinition;
  const { labels, annotations } = metadataSchema.properties ?? {};
  const label = { type: "string", pattern: NAME_PATTERN, maxLength: NAME_MAX_LENGTH };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: kind,
    description: "A plugin that Portunix keeps in the state described here.",
    type: "object",
    additionalProperties: false,
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { const: apiVersionOf(pluginDefinition), description: "Version of this schema." },
      kind: { const: kind, description: "Kind of the object." },
      metadata: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        description: "Name and labels.",
        properties: {
          name: { ...label, description: "Name, unique in the namespace." },
          namespace: { ...label, description: "Namespace; `default` when left out." },
          labels,
          annotations,
        },
      },
      spec: forEditors(schema.properties?.["spec"] ?? {}),
    },
  };
}

/** Without what editors do not know: our formats, and the keywords of Kubernetes. */
function forEditors(schema: JsonSchema): object {
  const { properties, items, additionalProperties, format: _format, ...rest } = schema;
  const known = Object.entries(rest).filter(([keyword]) => !keyword.startsWith("x-kubernetes-"));
  return {
    ...Object.fromEntries(known),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, forEditors(property)]),
      ),
    }),
    ...(items && { items: forEditors(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === "object"
              ? forEditors(additionalProperties)
              : additionalProperties,
        }),
  };
}
