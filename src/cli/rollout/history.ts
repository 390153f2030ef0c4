import type { StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { PLUGINS, type Resource } from "../../client/resources.ts";
import { nameOf } from "../change/change-objects.ts";

/** A spec that a plugin had. */
export interface Revision {
  readonly revision: number;
  readonly metadata: StoredObject["metadata"];
  readonly data: { readonly spec: Readonly<Record<string, unknown>> };
}

const REVISIONS: Resource = {
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  singular: "controllerrevision",
  shortNames: [],
  namespaced: true,
};

/** The kept specs of a plugin, the one in force last. A Deployment's are those of its plugin. */
export async function readHistory(
  client: ApiClient,
  { resource, namespace, name }: ObjectAddress,
): Promise<{ readonly plugin: StoredObject; readonly revisions: readonly Revision[] }> {
  if (resource.kind !== "Plugin" && resource.kind !== "Deployment")
    throw new PortunixError(
      "BadRequest",
      `no history is kept of a ${resource.singular}; name a plugin or a deployment`,
    );
  const plugin = await client.get({ resource: PLUGINS, namespace, name });
  const labelSelector = `portunix.ai/plugin=${name}`;
  const { items } = await client.list(REVISIONS, { namespace, labelSelector });
  const revisions = (items as unknown as readonly Revision[])
    .filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === plugin.metadata.uid),
    )
    .toSorted((a, b) => a.revision - b.revision);
  return { plugin, revisions };
}

/** @param number - 0: the one before the newest. */
export function chooseRevision(
  address: ObjectAddress,
  revisions: readonly Revision[],
  number: number,
): Revision {
  const found =
    number === 0 ? revisions.at(-2) : revisions.find(({ revision }) => revision === number);
  if (found !== undefined) return found;
  throw new PortunixError(
    "NotFound",
    number === 0
      ? `no rollout history found for ${nameOf(address)}: it has had one spec only`
      : `unable to find specified revision ${number} in history; see: portunix rollout history ${nameOf(address)}`,
  );
}

/** The plugin as that revision had it; how many run, and whether, stays as it is now. */
export function rolledBack(
  plugin: StoredObject,
  { data }: Revision,
): Readonly<Record<string, unknown>> {
  const { replicas, desiredState, suspend } = (plugin.spec ?? {}) as Record<string, unknown>;
  const kept = { replicas, desiredState, suspend };
  const { status: _, ...rest } = plugin;
  return { ...rest, spec: { ...data.spec, ...JSON.parse(JSON.stringify(kept)) } };
}
