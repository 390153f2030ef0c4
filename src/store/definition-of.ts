import { apiVersionOf, type ResourceDefinition } from "../api/resource-definition.ts";

export function definitionOf(
  definitions: readonly ResourceDefinition[],
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): ResourceDefinition | undefined {
  return definitions.find(
    (definition) => definition.kind === kind && apiVersionOf(definition) === apiVersion,
  );
}
