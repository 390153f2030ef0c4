import type { StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import type { ObjectList, ObjectStore } from "./ports.ts";

/**
 * A list as it was at an earlier resourceVersion: today's, with every later change taken back.
 * Nothing is kept for it; it reaches as far back as the change log does, also over a restart.
 *
 * @throws {PortunixError} Expired
 */
export function listAt(
  store: ObjectStore,
  definition: ResourceDefinition,
  { namespace, resourceVersion }: { namespace: string | undefined; resourceVersion: string },
): ObjectList {
  const now = store.list(definition, namespace);
  if (now.resourceVersion === resourceVersion) return now;
  const before = new Map<string, StoredObject | undefined>();
  const subscription = store.watch(definition, namespace, resourceVersion, (event) => {
    const key = keyOf(event.object);
    if (!before.has(key)) before.set(key, event.previous);
  });
  subscription.close();
  if (before.size === 0) return { ...now, resourceVersion };
  const untouched = now.items.filter((object) => !before.has(keyOf(object)));
  const taken = [...before.values()].filter((object) => object !== undefined);
  return { items: [...untouched, ...taken].toSorted(byPlace), resourceVersion };
}

/** The order in which objects are listed. */
export function comparePlace(
  a: { readonly namespace?: string; readonly name: string },
  b: { readonly namespace?: string; readonly name: string },
): number {
  return compare(a.namespace ?? "", b.namespace ?? "") || compare(a.name, b.name);
}

function byPlace(a: StoredObject, b: StoredObject): number {
  return comparePlace(a.metadata, b.metadata);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf({ metadata }: StoredObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
