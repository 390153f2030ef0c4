import { nearestName } from "../base/nearest-name.ts";
import { PortunixError } from "../base/errors.ts";

/** A kind as a client addresses it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
}

export const PLUGINS: Resource = {
  group: "portunix.ai",
  version: "v1alpha1",
  kind: "Plugin",
  plural: "plugins",
  singular: "plugin",
  shortNames: ["plg"],
  namespaced: true,
};

export const EVENTS: Resource = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  namespaced: true,
};

const SECRETS: Resource = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  shortNames: [],
  namespaced: true,
};

const CONFIG_MAPS: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  namespaced: true,
};

const NAMESPACES: Resource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  namespaced: false,
};

/** The kinds that the daemon serves. */
export const RESOURCES: readonly Resource[] = [PLUGINS, EVENTS, SECRETS, CONFIG_MAPS, NAMESPACES];

/** @param type - Plural, singular, short name or kind, in any case, with or without `.group`. */
export function resourceNamed(type: string): Resource {
  const found = knownResource(type);
  if (found === undefined) throw unknownType(type, RESOURCES);
  return found;
}

/** As {@link resourceNamed}, undefined for a type that only the daemon may know. */
export function knownResource(type: string): Resource | undefined {
  return findResource(RESOURCES, type);
}

/** The first of `resources` that goes by this name. */
export function findResource<T extends Resource>(
  resources: readonly T[],
  type: string,
): T | undefined {
  const wanted = type.toLowerCase();
  return resources.find((resource) => namesOf(resource).includes(wanted));
}

export function unknownType(type: string, resources: readonly Resource[]): PortunixError {
  const hint = nearestName(type.toLowerCase(), resources.flatMap(namesOf));
  const plurals = [...new Set(resources.map(({ plural }) => plural))];
  return new PortunixError(
    "BadRequest",
    `there is no resource type "${type}"; ${hint === undefined ? `the types are ${plurals.join(", ")}` : `did you mean "${hint}"?`}`,
  );
}

/** The resource that holds objects of a kind; undefined when none does. */
export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return RESOURCES.find(
    (resource) => resource.kind === kind && apiVersionOfResource(resource) === apiVersion,
  );
}

export function apiVersionOfResource(resource: Pick<Resource, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** @param namespace - undefined for all namespaces, and for kinds that have none. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const scope =
    resource.namespaced && namespace !== undefined
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : "";
  const item = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}/${resource.version}${scope}/${resource.plural}${item}`;
}

function namesOf(resource: Resource): string[] {
  const { plural, singular, kind, shortNames, group, version } = resource;
  const names = new Set([plural, singular, kind.toLowerCase(), ...shortNames]);
  const suffixes = group === "" ? [] : [group, `${version}.${group}`];
  const qualified = suffixes.flatMap((suffix) => [plural, singular].map((it) => `${it}.${suffix}`));
  return [...names, ...qualified];
}
