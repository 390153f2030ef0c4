import type { PluginSpec } from "../../api/plugin.ts";
import type { StoredObject } from "../../api/meta.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { PLUGINS } from "../../client/resources.ts";

/**
 * The same addresses, each plugin before those that it depends on by `spec.dependsOn`: deletions
 * reach the daemon one by one, and one that comes first is not held up for what has yet to come.
 * Otherwise the order stays; members of a cycle keep theirs.
 */
export async function dependentsFirst(
  client: Pick<ApiClient, "list">,
  addresses: readonly ObjectAddress[],
): Promise<readonly ObjectAddress[]> {
  const plugins = addresses.filter(({ resource }) => resource.kind === PLUGINS.kind);
  if (plugins.length < 2) return addresses;
  const namespaces = [...new Set(plugins.map(({ namespace }) => namespace))];
  const lists = await Promise.all(
    namespaces.map((namespace) => client.list(PLUGINS, { namespace })),
  );
  return inOrder(
    addresses,
    lists.flatMap(({ items }) => items),
  );
}

function inOrder(
  addresses: readonly ObjectAddress[],
  plugins: readonly StoredObject[],
): readonly ObjectAddress[] {
  const dependents = new Map<string, string[]>();
  for (const { metadata, spec } of plugins) {
    const namespace = metadata.namespace ?? "";
    for (const { name } of (spec as PluginSpec).dependsOn ?? []) {
      const id = `${namespace}/${name}`;
      dependents.set(id, [...(dependents.get(id) ?? []), `${namespace}/${metadata.name}`]);
    }
  }
  const byId = new Map(addresses.map((address) => [idOf(address), address]));
  const ordered = new Set<ObjectAddress>();
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const dependent of dependents.get(id) ?? []) visit(dependent);
    const address = byId.get(id);
    if (address !== undefined) ordered.add(address);
  };
  for (const address of addresses) visit(idOf(address));
  return [...ordered];
}

/** Other kinds get an id that no plugin has. */
function idOf({ resource, namespace, name }: ObjectAddress): string {
  return resource.kind === PLUGINS.kind
    ? `${namespace}/${name}`
    : `${resource.kind} ${namespace}/${name}`;
}
