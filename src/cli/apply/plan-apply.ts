import { type InputObject, LAST_APPLIED_ANNOTATION, type StoredObject } from "../../api/meta.ts";
import { secretDefinition } from "../../api/secret-definition.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import type { ApiClient } from "../../client/api-client.ts";
import type { LocalObject } from "../manifests/load-manifests.ts";
import { isEmptyPatch, type JsonObject, threeWayPatch } from "./three-way-patch.ts";

/** What an apply does to one object. */
export type Change =
  | { readonly type: "create"; readonly local: LocalObject; readonly body: JsonObject }
  | {
      readonly type: "configure";
      readonly local: LocalObject;
      readonly live: StoredObject;
      readonly patch: JsonObject;
    }
  | { readonly type: "none"; readonly local: LocalObject; readonly live: StoredObject };

/** Compares the manifests with what is there, at one request for each kind and namespace. */
export async function planApply(
  client: ApiClient,
  objects: readonly LocalObject[],
): Promise<readonly Change[]> {
  const live = await liveObjects(client, objects);
  return objects.map((local) => changeOf(local, live.get(keyOf(local))));
}

function changeOf(given: LocalObject, live: StoredObject | undefined): Change {
  const local = { ...given, object: asStored(given) };
  const text = `${canonicalJson(withoutLastApplied(local.object))}\n`;
  const body = withLastApplied(local.object, text);
  if (live === undefined) return { type: "create", local, body };
  const patch = threeWayPatch(lastAppliedOf(live), body, live as unknown as JsonObject);
  return isEmptyPatch(patch)
    ? { type: "none", local, live }
    : { type: "configure", local, live, patch };
}

/** A Secret's stringData becomes data, as the daemon does: else the two would differ for ever. */
function asStored({ object }: LocalObject): LocalObject["object"] {
  if (object["kind"] !== secretDefinition.kind || secretDefinition.prepare === undefined) {
    return object;
  }
  const prepared: unknown = secretDefinition.prepare(object as unknown as InputObject);
  return prepared as LocalObject["object"];
}

/** What the object's annotation says was applied last; undefined where it says nothing readable. */
function lastAppliedOf(live: StoredObject): JsonObject | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED_ANNOTATION];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function withLastApplied(object: JsonObject, text: string): JsonObject {
  const metadata = object["metadata"] as JsonObject & { annotations?: JsonObject };
  const annotations = { ...metadata.annotations, [LAST_APPLIED_ANNOTATION]: text };
  return { ...object, metadata: { ...metadata, annotations } };
}

function withoutLastApplied(object: JsonObject): JsonObject {
  const metadata = object["metadata"] as JsonObject & { annotations?: JsonObject };
  if (metadata.annotations?.[LAST_APPLIED_ANNOTATION] === undefined) return object;
  const { [LAST_APPLIED_ANNOTATION]: _, ...annotations } = metadata.annotations;
  return { ...object, metadata: { ...metadata, annotations } };
}

async function liveObjects(
  client: ApiClient,
  objects: readonly LocalObject[],
): Promise<ReadonlyMap<string, StoredObject>> {
  const scopes = new Map(
    objects.map((local) => [`${local.resource.plural}/${local.namespace}`, local]),
  );
  const found = new Map<string, StoredObject>();
  for (const { resource, namespace } of scopes.values()) {
    const list = await client.list(resource, {
      namespace: resource.namespaced ? namespace : undefined,
    });
    for (const item of list.items) {
      found.set(keyOf({ resource, namespace, name: item.metadata.name }), item);
    }
  }
  return found;
}

function keyOf({
  resource,
  namespace,
  name,
}: Pick<LocalObject, "resource" | "namespace" | "name">) {
  return `${resource.plural}/${namespace}/${name}`;
}
