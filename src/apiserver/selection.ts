import type { StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import { parseFieldSelector } from "./field-selector.ts";
import type { Predicate } from "./label-selector.ts";
import { parseLabelSelector } from "./label-selector.ts";
import type { StoreEvent } from "./ports.ts";
import type { WatchEventType } from "./watch-encoder.ts";

/** The objects that a request's labelSelector and fieldSelector choose; undefined when it has none. */
export function selectionOf(
  query: URLSearchParams,
  definition: ResourceDefinition,
): Predicate | undefined {
  const labels = query.get("labelSelector") ?? "";
  const fields = query.get("fieldSelector") ?? "";
  const byLabel = labels === "" ? undefined : parseLabelSelector(labels);
  const byField = fields === "" ? undefined : parseFieldSelector(fields, definition);
  if (byLabel === undefined) return byField;
  if (byField === undefined) return byLabel;
  return (object) => byLabel(object) && byField(object);
}

/** A change as the watchers of a selection see it. */
export interface SelectedEvent {
  readonly type: WatchEventType;
  readonly object: StoredObject;
}

/**
 * What `event` is to a watcher of `selection`: an object that comes into it is ADDED, one that
 * leaves it is DELETED, with its last selected state and the resourceVersion of the change.
 */
export function selectEvent(
  event: StoreEvent,
  selection: Predicate | undefined,
): SelectedEvent | undefined {
  const { type, object, previous } = event;
  if (selection === undefined) return { type, object };
  if (type === "DELETED") {
    return selection(previous ?? object) ? { type, object } : undefined;
  }
  const was = previous !== undefined && selection(previous);
  if (selection(object)) return { type: was ? "MODIFIED" : "ADDED", object };
  return was ? { type: "DELETED", object: movedTo(previous, object) } : undefined;
}

function movedTo(previous: StoredObject, { metadata }: StoredObject): StoredObject {
  const { resourceVersion } = metadata;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion } };
}
