import { isJsonObject, type JsonObject } from "../checked-json.ts";

/**
 * The part of an object that managers can hold: all but its identity and what only the server
 * writes. What is in metadata and is no such field stays, for it to be named as unknown.
 */
export function ownedView(object: object): JsonObject {
  const { apiVersion: _version, kind: _kind, metadata, ...body } = object as JsonObject;
  const present = Object.entries(body).filter(([, value]) => value !== undefined);
  const owned = isJsonObject(metadata) ? ownedMetadata(metadata) : metadata;
  const isBare = owned === undefined || (isJsonObject(owned) && Object.keys(owned).length === 0);
  return Object.fromEntries(isBare ? present : [["metadata", owned], ...present]);
}

/** The part of a stored object that a write to `subresource` can change. */
export function writtenView(object: object, subresource: string): JsonObject {
  const { status } = object as JsonObject;
  if (subresource === "status") return status === undefined ? {} : { status };
  return storedView(object);
}

/** As {@link ownedView}, without the empty members of metadata, which the store drops. */
export function storedView(object: object): JsonObject {
  const { metadata, ...view } = ownedView(object);
  if (!isJsonObject(metadata)) return view;
  const filled = Object.entries(metadata).filter(([, value]) => !isEmpty(value));
  return filled.length === 0 ? view : { ...view, metadata: Object.fromEntries(filled) };
}

const SERVER_METADATA: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "generateName",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "selfLink",
  "managedFields",
]);

function ownedMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([name, value]) => !SERVER_METADATA.has(name) && value !== undefined,
    ),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
