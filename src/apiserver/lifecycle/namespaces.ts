import { admit } from "../../api/admission.ts";
import { eventDefinition } from "../../api/event-definition.ts";
import type { StoredObject } from "../../api/meta.ts";
import { DEFAULT_NAMESPACE } from "../../api/meta.ts";
import { namespaceDefinition } from "../../api/namespace-definition.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { DefinitionRegistry } from "../definition-registry.ts";
import type { ObjectStore, Subscription } from "../ports.ts";
import { ContentCleanup } from "./content-cleanup.ts";

const FIRST_NAMESPACES = [DEFAULT_NAMESPACE, "kube-system"];

export interface LifecycleOptions {
  /** Of stored objects, without views over them. */
  readonly store: ObjectStore;
  readonly registry: DefinitionRegistry;
}

/**
 * Keeps namespaces as Kubernetes does: `default` and `kube-system` are there, a namespace that is
 * being deleted is emptied first, and what a source of manifests brings has its namespace made.
 */
export function startNamespaces({ store, registry }: LifecycleOptions): Subscription {
  const cleanup = new ContentCleanup(store);
  const sync = (name: string): void => {
    const namespace = store.get(namespaceDefinition, "", name);
    if (namespace === undefined) cleanup.stop(name);
    else if (namespace.metadata.deletionTimestamp !== undefined) end(namespace);
  };
  const end = (namespace: StoredObject): void => {
    const { name } = namespace.metadata;
    const status = { ...(namespace.status as object), phase: "Terminating" };
    const ending = store.update(namespaceDefinition, { ...namespace, status }, STATUS);
    const definitions = namespacedKinds(registry);
    if (!cleanup.empty(name, { definitions, namespace: name }, () => sync(name))) return;
    store.update(namespaceDefinition, { ...ending, spec: { finalizers: [] } });
  };
  for (const name of FIRST_NAMESPACES) ensureNamespace(store, name);
  const adoption = adoptNamespaces(store, registry);
  const { items, resourceVersion } = store.list(namespaceDefinition, undefined);
  for (const { metadata } of items) sync(metadata.name);
  const watch = store.watch(namespaceDefinition, undefined, resourceVersion, ({ object }) =>
    sync(object.metadata.name),
  );
  return {
    close() {
      for (const subscription of [watch, ...adoption]) subscription.close();
      cleanup.close();
    },
  };
}

const STATUS = { subresource: "status" } as const;

function namespacedKinds(registry: DefinitionRegistry): ResourceDefinition[] {
  return registry.all().filter(({ namespaced }) => namespaced);
}

/** Objects may be older than their namespaces, and sources know nothing of them. */
function adoptNamespaces(store: ObjectStore, registry: DefinitionRegistry): Subscription[] {
  // An event may be about what went together with its namespace.
  const kinds = registry.builtIn.filter((one) => one.namespaced && one !== eventDefinition);
  return kinds.map((definition) => {
    const { items, resourceVersion } = store.list(definition, undefined);
    for (const name of new Set(items.map(({ metadata }) => metadata.namespace ?? "")))
      ensureNamespace(store, name);
    return store.watch(definition, undefined, resourceVersion, ({ type, object }) => {
      if (type === "ADDED") ensureNamespace(store, object.metadata.namespace ?? "");
    });
  });
}

function ensureNamespace(store: ObjectStore, name: string): void {
  if (name === "" || store.get(namespaceDefinition, "", name) !== undefined) return;
  const { kind, version } = namespaceDefinition;
  const namespace = { apiVersion: version, kind, metadata: { name } };
  store.create(namespaceDefinition, admit(namespaceDefinition, namespace));
}
