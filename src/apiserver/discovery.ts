import type { ResourceDefinition } from "../api/resource-definition.ts";
import { ALL_VERBS, apiVersionOf } from "../api/resource-definition.ts";
import { mediaTypes } from "./accept.ts";
import { connectorsOf } from "./connector-of.ts";
import type { Connector } from "./ports.ts";

export interface DiscoverySource {
  readonly definitions: readonly ResourceDefinition[];
  readonly connectors: readonly Connector[];
}

/** A document, and the Content-Type that it must be sent with. */
export interface DiscoveryReply {
  readonly contentType: string;
  readonly value: object;
}

/**
 * What is served under `/api` or `/apis`. Clients since 1.26 ask for everything in one document
 * (aggregated discovery), older ones go from list to list.
 *
 * @param segments - Of the path. @returns undefined when nothing is there.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export function discover(
  segments: readonly string[],
  accept: string | undefined,
  source: DiscoverySource,
): DiscoveryReply | undefined {
  const [root, first, second] = segments;
  const isCore = root === "api";
  if (segments.length === 1) {
    const aggregated = aggregatedVersion(accept);
    if (aggregated !== undefined) return aggregatedReply(isCore, aggregated, source);
    return json(isCore ? coreVersions() : groupList(source));
  }
  if (isCore)
    return segments.length === 2 && first === "v1" ? resources("", "v1", source) : undefined;
  if (first === undefined || segments.length > 3) return undefined;
  if (segments.length === 2) {
    const group = groups(source).find(({ name }) => name === first);
    return group && json({ kind: "APIGroup", apiVersion: "v1", ...group });
  }
  return second === undefined ? undefined : resources(first, second, source);
}

const STATUS_VERBS = ["get", "patch", "update"] as const;

function json(value: object): DiscoveryReply {
  return { contentType: "application/json", value };
}

function coreVersions(): object {
  return {
    kind: "APIVersions",
    apiVersion: "v1",
    versions: ["v1"],
    serverAddressByClientCIDRs: [],
  };
}

function groupList(source: DiscoverySource): object {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups(source) };
}

interface Group {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
  readonly preferredVersion: unknown;
}

function groups({ definitions }: DiscoverySource): Group[] {
  const names = new Set(definitions.map(({ group }) => group).filter((group) => group !== ""));
  return [...names].map((name) => {
    const versions = versionsOf(name, definitions).map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

function versionsOf(group: string, definitions: readonly ResourceDefinition[]): string[] {
  return [
    ...new Set(
      definitions.filter((definition) => definition.group === group).map(({ version }) => version),
    ),
  ];
}

function resources(
  group: string,
  version: string,
  { definitions, connectors }: DiscoverySource,
): DiscoveryReply | undefined {
  const members = definitions.filter((one) => one.group === group && one.version === version);
  if (members.length === 0 && group !== "") return undefined;
  return json({
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf({ group, version }),
    resources: members.flatMap((definition) => [
      resource(definition),
      ...subresourcesOf(definition, connectors).map(({ name, verbs, responseKind }) => ({
        name: `${definition.plural}/${name}`,
        singularName: "",
        namespaced: definition.namespaced,
        kind: definition.kind,
        ...responseKind,
        verbs,
      })),
    ]),
  });
}

function resource(definition: ResourceDefinition): object {
  const { plural, singular, namespaced, kind, shortNames, categories, verbs } = definition;
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbs ?? ALL_VERBS,
    shortNames,
    categories,
  };
}

export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Left out: that of the object. */
  readonly responseKind?: typeof SCALE_KIND;
}

const SCALE_KIND = { group: "autoscaling", version: "v1", kind: "Scale" } as const;

/** Those of a kind, by their names and verbs. */
export function subresourcesOf(
  definition: ResourceDefinition,
  connectors: readonly Connector[],
): Subresource[] {
  const { hasStatus, scale, verbs: working = ALL_VERBS } = definition;
  const verbs = STATUS_VERBS.filter((verb) => working.includes(verb));
  const own = hasStatus ? [{ name: "status", verbs }] : [];
  const scaled = scale === undefined ? [] : [{ name: "scale", verbs, responseKind: SCALE_KIND }];
  const plugged = connectorsOf(definition, connectors).map(({ subresource }) => ({
    name: subresource,
    verbs: ["get"],
  }));
  return [...own, ...scaled, ...plugged];
}

type AggregatedVersion = "v2" | "v2beta1";

function aggregatedVersion(accept: string | undefined): AggregatedVersion | undefined {
  for (const { type, parameters } of mediaTypes(accept ?? "")) {
    if (type !== "application/json") continue;
    const version = parameters.get("v");
    if (
      parameters.get("as") === "APIGroupDiscoveryList" &&
      (version === "v2" || version === "v2beta1")
    )
      return version;
    if (parameters.get("as") === undefined) return undefined;
  }
  return undefined;
}

function aggregatedReply(
  isCore: boolean,
  version: AggregatedVersion,
  source: DiscoverySource,
): DiscoveryReply {
  const names = isCore ? [""] : groups(source).map(({ name }) => name);
  return {
    contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    value: {
      kind: "APIGroupDiscoveryList",
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: names.map((name) => aggregatedGroup(name, source)),
    },
  };
}

function aggregatedGroup(name: string, { definitions, connectors }: DiscoverySource): object {
  const versions = name === "" ? ["v1"] : versionsOf(name, definitions);
  return {
    metadata: name === "" ? {} : { name },
    versions: versions.map((version) => ({
      version,
      freshness: "Current",
      resources: definitions
        .filter((one) => one.group === name && one.version === version)
        .map((definition) => aggregatedResource(definition, connectors)),
    })),
  };
}

function aggregatedResource(
  definition: ResourceDefinition,
  connectors: readonly Connector[],
): object {
  const { group, version, kind, plural, singular, namespaced, shortNames, categories } = definition;
  const responseKind = { group, version, kind };
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: definition.verbs ?? ALL_VERBS,
    shortNames,
    categories,
    subresources: subresourcesOf(definition, connectors).map((subresource) => ({
      subresource: subresource.name,
      responseKind: subresource.responseKind ?? responseKind,
      verbs: subresource.verbs,
    })),
  };
}
