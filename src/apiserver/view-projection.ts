import type { StoredObject } from "../api/meta.ts";
import type { StoreEvent } from "./ports.ts";
import type { View } from "./view-ports.ts";

/**
 * One view's objects, made once for each state of a stored object and kept as long as that state
 * is: many watchers share them, and the texts they are sent as.
 */
export class Projection {
  readonly view: View;
  readonly #objects = new WeakMap<StoredObject, readonly StoredObject[]>();
  readonly #events = new WeakMap<StoreEvent, readonly StoreEvent[]>();
  readonly #texts = new WeakMap<StoredObject, string>();

  constructor(view: View) {
    this.view = view;
  }

  of(source: StoredObject): readonly StoredObject[] {
    const known = this.#objects.get(source);
    if (known !== undefined) return known;
    const objects = this.view.project(source);
    this.#objects.set(source, objects);
    for (const object of objects) this.#texts.set(object, JSON.stringify(object));
    return objects;
  }

  named(source: StoredObject, name: string): StoredObject | undefined {
    return this.of(source).find(({ metadata }) => metadata.name === name);
  }

  /** Undefined for an object that is not of this projection. */
  text(object: StoredObject): string | undefined {
    return this.#texts.get(object);
  }

  /** The same event of the store is asked for by every watcher. */
  eventsOf(event: StoreEvent, make: () => readonly StoreEvent[]): readonly StoreEvent[] {
    const known = this.#events.get(event);
    if (known !== undefined) return known;
    const events = make();
    this.#events.set(event, events);
    return events;
  }
}

/**
 * What a change of a stored object is to the watchers of a view: only what differs in more than its
 * resourceVersion has changed, and another uid under the same name is another object.
 */
export function derivedEvents(projection: Projection, event: StoreEvent): readonly StoreEvent[] {
  return projection.eventsOf(event, () => derive(projection, event));
}

function derive(projection: Projection, event: StoreEvent): StoreEvent[] {
  const { type, object, previous } = event;
  const { resourceVersion } = object.metadata;
  const isGone = type === "DELETED";
  const old = isGone ? (previous ?? object) : previous;
  const before = new Map(old === undefined ? [] : projection.of(old).map(byUid));
  const after = new Map(isGone ? [] : projection.of(object).map(byUid));
  const gone = [...before.values()].filter(({ metadata }) => !after.has(metadata.uid));
  return [
    ...gone.map((last): StoreEvent => {
      return { type: "DELETED", object: stamped(last, resourceVersion), previous: last };
    }),
    ...[...after.values()].flatMap((next): StoreEvent[] => {
      const last = before.get(next.metadata.uid);
      if (last === undefined) return [{ type: "ADDED", object: next, previous: undefined }];
      if (isSame(last, next)) return [];
      return [{ type: "MODIFIED", object: next, previous: last }];
    }),
  ];
}

function byUid(object: StoredObject): [string, StoredObject] {
  return [object.metadata.uid, object];
}

/** Both were made by the same function, so that their members are in the same order. */
function isSame(a: StoredObject, b: StoredObject): boolean {
  return JSON.stringify(stamped(a, "")) === JSON.stringify(stamped(b, ""));
}

function stamped(object: StoredObject, resourceVersion: string): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
