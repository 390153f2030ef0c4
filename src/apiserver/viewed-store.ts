import { admit } from "../api/admission.ts";
import type { InputObject, StoredObject } from "../api/meta.ts";
import { qualifiedName, type ResourceDefinition } from "../api/resource-definition.ts";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import { trackUpdate } from "./field-manager/track-update.ts";
import type { ObjectList, ObjectStore, StoreEvent, Subscription, WriteOptions } from "./ports.ts";
import { methodNotAllowed, notFound } from "./status-error.ts";
import { derivedEvents, Projection } from "./view-projection.ts";
import type { View, ViewChange } from "./view-ports.ts";

/** Holds what was changed through a view, so that a later apply of the source sees a conflict. */
const VIEW_MANAGER = "portunix-view";

type UpdateInput = Parameters<ObjectStore["update"]>[1];
type UpdateOptions = Parameters<ObjectStore["update"]>[2];
type DeleteOptions = Parameters<ObjectStore["delete"]>[3];

/**
 * The store, and the views over it as if they were stored too. A view keeps nothing: it is read off
 * the stored objects, and a write to it is a write to the object that it follows from.
 */
export class ViewedStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #projections: ReadonlyMap<string, Projection>;

  constructor(store: ObjectStore, views: readonly View[], clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#projections = new Map(
      views.map((view) => [qualifiedName(view.definition), new Projection(view)]),
    );
  }

  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined {
    const projection = this.#projectionOf(definition);
    if (projection === undefined) return this.#store.get(definition, namespace, name);
    return this.#find(projection, namespace, name)?.object;
  }

  list(definition: ResourceDefinition, namespace: string | undefined): ObjectList {
    const projection = this.#projectionOf(definition);
    if (projection === undefined) return this.#store.list(definition, namespace);
    const sources = this.#store.list(projection.view.source, namespace);
    const items = sources.items.flatMap((source) => projection.of(source)).toSorted(byName);
    return { items, resourceVersion: sources.resourceVersion };
  }

  create(
    definition: ResourceDefinition,
    object: InputObject,
    options?: WriteOptions,
  ): StoredObject {
    if (this.#projectionOf(definition) !== undefined) throw methodNotAllowed();
    return this.#store.create(definition, object, options);
  }

  update(
    definition: ResourceDefinition,
    object: UpdateInput,
    options?: UpdateOptions,
  ): StoredObject {
    const projection = this.#projectionOf(definition);
    if (projection === undefined) return this.#store.update(definition, object, options);
    const { edit } = projection.view;
    if (edit === undefined) throw methodNotAllowed();
    const { name, namespace = "", uid, resourceVersion } = object.metadata;
    const change = this.#changeOf(projection, { namespace, name, uid });
    const edited = edit({ ...change, wanted: object });
    const dryRun = options?.dryRun === true;
    const written = this.#write(projection, change, { edited, resourceVersion, dryRun });
    return projection.named(written, name) ?? change.object;
  }

  delete(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): { readonly object: StoredObject; readonly isGone: boolean } {
    const projection = this.#projectionOf(definition);
    if (projection === undefined) return this.#store.delete(definition, namespace, name, options);
    const { remove } = projection.view;
    if (remove === undefined) throw methodNotAllowed();
    const { uid, resourceVersion } = options;
    const change = this.#changeOf(projection, { namespace, name, uid });
    const dryRun = options.dryRun === true;
    const edited = remove(change);
    const written = this.#write(projection, change, { edited, resourceVersion, dryRun });
    const left = projection.named(written, name);
    const isGone = left?.metadata.uid !== change.object.metadata.uid;
    return { object: isGone ? change.object : left, isGone };
  }

  watch(
    definition: ResourceDefinition,
    namespace: string | undefined,
    fromResourceVersion: string,
    onEvent: (event: StoreEvent) => void,
  ): Subscription {
    const projection = this.#projectionOf(definition);
    if (projection === undefined)
      return this.#store.watch(definition, namespace, fromResourceVersion, onEvent);
    const { source } = projection.view;
    return this.#store.watch(source, namespace, fromResourceVersion, (event) => {
      for (const derived of derivedEvents(projection, event)) onEvent(derived);
    });
  }

  resourceVersion(): string {
    return this.#store.resourceVersion();
  }

  text(object: StoredObject): string {
    for (const projection of this.#projections.values()) {
      const text = projection.text(object);
      if (text !== undefined) return text;
    }
    return this.#store.text?.(object) ?? JSON.stringify(object);
  }

  #projectionOf(definition: ResourceDefinition): Projection | undefined {
    return this.#projections.get(qualifiedName(definition));
  }

  #find(
    projection: Projection,
    namespace: string,
    name: string,
  ): Omit<ViewChange, "nowMs"> | undefined {
    const sourceName = projection.view.sourceOf(name);
    if (sourceName === undefined) return undefined;
    const source = this.#store.get(projection.view.source, namespace, sourceName);
    const object = source && projection.named(source, name);
    return source === undefined || object === undefined ? undefined : { source, object };
  }

  /** @throws {PortunixError} NotFound, or Conflict when it is not the one that the client means. */
  #changeOf(
    projection: Projection,
    { namespace, name, uid }: { namespace: string; name: string; uid: string | undefined },
  ): ViewChange {
    const { definition } = projection.view;
    const found = this.#find(projection, namespace, name);
    if (found === undefined) throw notFound({ definition, name });
    const actual = found.object.metadata.uid;
    if (uid !== undefined && uid !== actual)
      throw new PortunixError(
        "Conflict",
        `Operation cannot be fulfilled on ${qualifiedName(definition)} "${name}": Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`,
      );
    return { ...found, nowMs: this.#clock.nowMs() };
  }

  /** The source, admitted as any write is, and held by a manager of our own where it changed. */
  #write(projection: Projection, change: ViewChange, { edited, resourceVersion, dryRun }: Edit) {
    const definition = projection.view.source;
    const live = change.source;
    const { resourceVersion: _, ...known } = edited.metadata as InputObject["metadata"] & {
      readonly resourceVersion?: string;
    };
    const next = admit(definition, { ...edited, metadata: known });
    const { nowMs } = change;
    const track = { definition, live, next, manager: VIEW_MANAGER, subresource: "", nowMs };
    const metadata = {
      ...next.metadata,
      managedFields: trackUpdate({ ...track, given: live.metadata.managedFields }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    return this.#store.update(definition, { ...next, metadata }, { dryRun });
  }
}

interface Edit {
  readonly edited: InputObject;
  /** The view has that of its source. */
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
}

function byName(a: StoredObject, b: StoredObject): number {
  return (
    compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compare(a.metadata.name, b.metadata.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
