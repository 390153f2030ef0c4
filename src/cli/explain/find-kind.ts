import { PortunixError } from "../../base/errors.ts";
import type { ApiClient } from "../../client/api-client.ts";
import {
  apiVersionOfResource,
  findResource,
  type Resource,
  unknownType,
} from "../../client/resources.ts";
import { findType } from "../objects/find-types.ts";
import { type ExplainedKind, kindIn, type Schemas } from "./open-api-document.ts";

/** A kind from the daemon's OpenAPI document. */
export async function servedKind(
  client: ApiClient,
  type: string,
  apiVersion: string | undefined,
): Promise<ExplainedKind> {
  const resource = await resourceFor(client, type, apiVersion);
  const { group, version } = resource;
  const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
  const document = JSON.parse(await client.read(`/openapi/v3/${path}`)) as {
    readonly components?: { readonly schemas?: Schemas };
  };
  const kind = kindIn(document.components?.schemas ?? {}, resource);
  if (kind === undefined) throw noSchema(resource);
  return kind;
}

/** A kind from this program itself. */
export async function offlineKind(
  type: string,
  apiVersion: string | undefined,
): Promise<ExplainedKind> {
  const { builtInKind, builtInResources } = await import("./built-in-kinds.ts");
  const resources = ofVersion(builtInResources(), apiVersion);
  const resource = findResource(resources, type);
  if (resource === undefined) throw unknownType(type, resources);
  const kind = builtInKind(resource);
  if (kind === undefined) throw noSchema(resource);
  return kind;
}

async function resourceFor(
  client: ApiClient,
  type: string,
  apiVersion: string | undefined,
): Promise<Resource> {
  if (apiVersion === undefined) return findType(client, type);
  const resources = ofVersion(await client.resources({ isFresh: true }), apiVersion);
  const resource = findResource(resources, type);
  if (resource === undefined) throw unknownType(type, resources);
  return resource;
}

function ofVersion(
  resources: readonly Resource[],
  apiVersion: string | undefined,
): readonly Resource[] {
  if (apiVersion === undefined) return resources;
  return resources.filter((resource) => apiVersionOfResource(resource) === apiVersion);
}

function noSchema({ kind, group, version }: Resource): PortunixError {
  return new PortunixError(
    "NotFound",
    `nothing is said of the fields of ${kind} in ${apiVersionOfResource({ group, version })}`,
  );
}
