import type { ApiContext } from "./api-context.ts";
import type { NamespaceRequest } from "./resource-request.ts";
import { StatusError } from "./status-error.ts";

/** Throws NotFound, about the namespace, when a client creates something in one that is not there. */
export function requireNamespace(
  { definition, namespace }: Pick<NamespaceRequest, "definition" | "namespace">,
  { store, definitions }: Pick<ApiContext, "store" | "definitions">,
): void {
  if (!definition.namespaced) return;
  const namespaces = definitions.find(({ group, kind }) => group === "" && kind === "Namespace");
  if (namespaces === undefined || store.get(namespaces, "", namespace) !== undefined) return;
  throw new StatusError(404, "NotFound", `namespaces "${namespace}" not found`, {
    name: namespace,
    kind: namespaces.plural,
  });
}
