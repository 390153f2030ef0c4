import type { ApiClient } from "../../client/api-client.ts";
import type { ServedResource } from "../../client/discovery.ts";
import {
  findResource,
  knownResource,
  RESOURCES,
  type Resource,
  unknownType,
} from "../../client/resources.ts";
import { PortunixError } from "../../base/errors.ts";
import { type TypeFinder, typesIn } from "./targets.ts";

/**
 * What the types among `words` stand for. The kinds that every daemon serves are known without
 * asking; for any other, discovery is read.
 */
export async function findTypes(client: ApiClient, words: readonly string[]): Promise<TypeFinder> {
  const types = typesIn(words);
  if (types.every((type) => type === "" || knownResource(type) !== undefined)) {
    return (type) => found(type, RESOURCES);
  }
  const kept = await client.resources();
  const isComplete = types.every((type) => resourcesOf(type, kept).length > 0);
  const served = isComplete ? kept : await client.resources({ isFresh: true });
  return (type) => found(type, served);
}

/** The one resource of a type. */
export async function findType(client: ApiClient, type: string): Promise<Resource> {
  const find = await findTypes(client, [type]);
  const [resource] = find(type);
  if (resource === undefined) throw unknownType(type, RESOURCES);
  return resource;
}

/** What to say when no daemon is there to ask: a mistyped type is the nearer cause. */
export function unknownTypeOffline(thrown: unknown, words: readonly string[]): unknown {
  const isOffline = thrown instanceof PortunixError && thrown.code === "DaemonUnreachable";
  const unknown = typesIn(words).find((type) => type !== "" && knownResource(type) === undefined);
  return isOffline && unknown !== undefined ? unknownType(unknown, RESOURCES) : thrown;
}

function found(type: string, resources: readonly Resource[]): readonly Resource[] {
  const matching = resourcesOf(type, resources);
  if (matching.length === 0) throw unknownType(type, resources);
  return matching;
}

function resourcesOf(type: string, resources: readonly Resource[]): readonly Resource[] {
  const one = knownResource(type) ?? findResource(resources, type);
  if (one !== undefined) return [one];
  return resources.filter((resource) => isListedIn(resource, type.toLowerCase()));
}

function isListedIn(resource: Resource, category: string): boolean {
  const { categories = [], verbs = [] } = resource as Partial<ServedResource>;
  return categories.includes(category) && verbs.includes("list");
}
