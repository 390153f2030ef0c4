import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { PLUGINS } from "../../client/resources.ts";
import { findTypes } from "../objects/find-types.ts";
import { statusOf } from "../objects/plugin-facts.ts";
import { parseNamed } from "../objects/targets.ts";

/** One log to show. */
export interface LogSource {
  readonly address: ObjectAddress;
  /** Id or number; undefined: the newest. */
  readonly instance: string | undefined;
  /** Such as `[plugin/a/0] `, for --prefix. */
  readonly prefix: string;
}

/** The log of what is named: a plugin (the type may be left out), a Pod, or a Deployment's plugin. */
export async function sourceNamed(
  client: ApiClient,
  words: readonly string[],
  { namespace, instance }: { readonly namespace: string; readonly instance: string | undefined },
): Promise<LogSource> {
  const [first] = words;
  const isBare = words.length === 1 && first?.includes("/") === false;
  const named = isBare
    ? [{ resource: PLUGINS, name: first }]
    : parseNamed(words, await findTypes(client, words));
  const [one, ...others] = named;
  if (one === undefined || others.length > 0)
    throw new PortunixError("BadRequest", "name one plugin, as in: system-monitor, or give -l");
  const { resource, name } = one;
  const { kind, singular } = resource;
  if (kind === "Pod")
    return { address: { resource, namespace, name }, instance, prefix: `[pod/${name}/plugin] ` };
  if (kind !== "Plugin" && kind !== "Deployment")
    throw new PortunixError("BadRequest", `a ${singular} has no log; name a plugin or a pod`);
  const prefix = `[plugin/${name}${instance === undefined ? "" : `/${instance}`}] `;
  return { address: { resource: PLUGINS, namespace, name }, instance, prefix };
}

/** The log of each instance of the plugins with these labels. */
export async function sourcesSelected(
  client: ApiClient,
  { namespace, selector }: { readonly namespace: string; readonly selector: string },
): Promise<LogSource[]> {
  const { items } = await client.list(PLUGINS, { namespace, labelSelector: selector });
  return items.flatMap((plugin) => {
    const { name } = plugin.metadata;
    const address = { resource: PLUGINS, namespace, name };
    return ordinalsOf(plugin).map((ordinal) => ({
      address,
      instance: ordinal,
      prefix: `[plugin/${name}/${ordinal}] `,
    }));
  });
}

function ordinalsOf(plugin: StoredObject): string[] {
  const instances = statusOf(plugin).instances ?? [];
  return [...new Set(instances.map(({ ordinal }) => String(ordinal)))].toSorted();
}
