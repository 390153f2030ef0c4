import { PortunixError } from "../../base/errors.ts";
import type { ApiClient } from "../../client/api-client.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import type { Change } from "./plan-apply.ts";

/**
 * Refuses to change Plugins that a watched directory owns: the next look at it would put them back,
 * and the two would fight.
 *
 * @throws {PortunixError} Conflict, naming each of them and its owner.
 */
export async function refuseOwned(client: ApiClient, changes: readonly Change[]): Promise<void> {
  const changed = changes.filter(
    ({ type, local }) => type === "configure" && local.resource.kind === "Plugin",
  );
  if (changed.length === 0 || (await client.daemonInfo()).manifests.length === 0) return;
  const owned: string[] = [];
  for (const { local } of changed) {
    const { owner } = (await client.subresource(local, "source")) as { owner: string | null };
    if (owner !== null)
      owned.push(`${labelOf(local.resource.kind, local.name)} belongs to ${owner}`);
  }
  if (owned.length === 0) return;
  throw new PortunixError(
    "Conflict",
    `nothing was applied: ${owned.join("; ")}; change it there, or take it out of there first`,
  );
}
