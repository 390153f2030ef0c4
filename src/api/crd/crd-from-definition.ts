import { type InputObject, LAST_APPLIED_ANNOTATION } from "../meta.ts";
import { toOpenApiSchema } from "../open-api-schema.ts";
import { apiVersionOf, qualifiedName, type ResourceDefinition } from "../resource-definition.ts";
import { crdDefinition } from "./crd-definition.ts";
import type { CrdColumn, CrdSpec } from "./custom-resource-definition.ts";

/**
 * The CustomResourceDefinition of a kind of ours, as it installs on any Kubernetes cluster. What
 * was last applied is noted on it, so that `kubectl apply view-last-applied crd NAME` prints it
 * without what belongs to this server alone.
 */
export function crdFromDefinition(definition: ResourceDefinition): InputObject {
  const crd = {
    apiVersion: apiVersionOf(crdDefinition),
    kind: crdDefinition.kind,
    metadata: { name: qualifiedName(definition) },
    spec: specOf(definition),
  };
  const annotations = { [LAST_APPLIED_ANNOTATION]: `${JSON.stringify(crd)}\n` };
  return { ...crd, metadata: { ...crd.metadata, annotations } };
}

function specOf(definition: ResourceDefinition): CrdSpec {
  const { group, plural, singular, kind, shortNames, categories, namespaced, version } = definition;
  const { selector: _, ...scale } = definition.scale ?? { selector: undefined };
  return {
    group,
    names: { plural, singular, kind, listKind: `${kind}List`, shortNames, categories },
    scope: namespaced ? "Namespaced" : "Cluster",
    conversion: { strategy: "None" },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: wholeSchema(definition) },
        subresources: {
          ...(definition.hasStatus ? { status: {} } : {}),
          ...("specReplicasPath" in scale ? { scale } : {}),
        },
        additionalPrinterColumns: columnsOf(definition),
        selectableFields: Object.keys(definition.selectableFields).map((field) => ({
          jsonPath: `.${field}`,
        })),
      },
    ],
  };
}

function wholeSchema({ schema, kind }: ResourceDefinition): object {
  const { properties, ...rest } = toOpenApiSchema(schema);
  return {
    ...rest,
    description: schema.description ?? `${kind} of Portunix.`,
    properties: {
      apiVersion: {
        type: "string",
        description: "Versioned schema of this representation of an object.",
      },
      kind: { type: "string", description: "Kind of the object." },
      metadata: { type: "object" },
      ...(properties as object),
    },
  };
}

/** Kubernetes puts the name before them by itself. */
function columnsOf({ columns }: ResourceDefinition): CrdColumn[] {
  return columns.flatMap(({ name, type, description, priority, jsonPath }) =>
    jsonPath === undefined || jsonPath === ".metadata.name"
      ? []
      : [{ name, type, description, jsonPath, ...(priority === 0 ? {} : { priority }) }],
  );
}
