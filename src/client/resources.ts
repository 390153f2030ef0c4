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
  const wanted = type.toLowerCase();
  const found = RESOURCES.find((resource) => namesOf(resource).includes(wanted));
  if (found !== undefined) return found;
  const hint = nearestName(wanted, RESOURCES.flatMap(namesOf));
  throw new PortunixError(
    "BadRequest",
    `there is no resource type "${type}"; ${hint === undefined ? `the types are ${RESOURCES.map(({ plural }) => plural).join(", ")}` : `did you mean "${hint}"?`}`,
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
  const names = [resource.plural, resource.singular, ...resource.shortNames];
  const qualified =
    resource.group === "" ? [] : names.slice(0, 2).map((name) => `${name}.${resource.group}`);
  return [...names, ...qualified];
}
