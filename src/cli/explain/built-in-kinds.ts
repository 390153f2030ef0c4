import { allDefinitions } from "../../api/definitions.ts";
import { metadataSchema } from "../../api/metadata-schema.ts";
import { toOpenApiSchema } from "../../api/open-api-schema.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { deploymentDefinition } from "../../api/views/deployment-definition.ts";
import { podDefinition } from "../../api/views/pod-definition.ts";
import type { Resource } from "../../client/resources.ts";
import type { ApiSchema, ExplainedKind } from "./open-api-document.ts";

const DEFINITIONS = [...allDefinitions, podDefinition, deploymentDefinition];

/** The kinds that this program brings along, for when no daemon is there to ask. */
export function builtInResources(): readonly Resource[] {
  return DEFINITIONS;
}

/** A kind that this program brings along; undefined for any other. */
export function builtInKind(resource: Resource): ExplainedKind | undefined {
  const { group, version, kind } = resource;
  const definition = DEFINITIONS.find((one) => one.group === group && one.kind === kind);
  if (definition === undefined) return undefined;
  return {
    name: { group, version, kind },
    schema: schemaOf(definition),
    schemas: { [META]: toOpenApiSchema(metadataSchema) },
  };
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

function schemaOf(definition: ResourceDefinition): ApiSchema {
  const schema: ApiSchema = toOpenApiSchema(definition.schema);
  return {
    ...schema,
    description: schema.description ?? `${definition.kind} is a kind of this server.`,
    properties: {
      apiVersion: { type: "string", description: "Group and version of the kind." },
      kind: { type: "string", description: "What this is an object of." },
      metadata: { allOf: [{ $ref: `#/components/schemas/${META}` }] },
      ...schema.properties,
    },
  };
}
