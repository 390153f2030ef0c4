import { randomUUID } from "node:crypto";
import type { InputObject, ObjectMeta, StoredObject } from "../../src/api/meta.ts";
import { qualifiedName, type ResourceDefinition } from "../../src/api/resource-definition.ts";
import type {
  ObjectList,
  ObjectStore,
  StoreEvent,
  Subscription,
  WriteOptions,
} from "../../src/apiserver/ports.ts";
import { isSameJson } from "../../src/base/canonical-json.ts";
import { PortunixError } from "../../src/base/errors.ts";

interface Change {
  readonly revision: number;
  readonly resource: string;
  readonly event: StoreEvent;
}

interface Watcher {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly onEvent: (event: StoreEvent) => void;
}

/** An ObjectStore without a disk, by the same rules as the real one. */
export class MemoryStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #watchers = new Set<Watcher>();
  #changes: Change[] = [];
  #revision = 1;
  #droppedThrough = 1;

  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined {
    return this.#objects.get(keyOf(definition, namespace, name));
  }

  list(definition: ResourceDefinition, namespace: string | undefined): ObjectList {
    const prefix = `${qualifiedName(definition)}/${namespace === undefined ? "" : `${namespace}/`}`;
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    const items = keys.flatMap((key) => this.#objects.get(key) ?? []);
    return { items, resourceVersion: this.resourceVersion() };
  }

  resourceVersion(): string {
    return String(this.#revision);
  }

  create(
    definition: ResourceDefinition,
    object: InputObject,
    options: WriteOptions = {},
  ): StoredObject {
    const { name, namespace = "", finalizers = [] } = object.metadata;
    if (this.get(definition, namespace, name) !== undefined)
      throw new PortunixError("AlreadyExists", `${subject(definition, name)} already exists`);
    const all = [...new Set([...finalizers, ...definition.finalizers])];
    const { status: _, ...rest } = object;
    const created: StoredObject = {
      ...rest,
      metadata: {
        ...object.metadata,
        ...(all.length === 0 ? {} : { finalizers: all }),
        uid: randomUUID(),
        resourceVersion: "",
        generation: 1,
        creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
      },
    };
    if (options.dryRun === true) return created;
    return this.#write(definition, { type: "ADDED", object: created, previous: undefined });
  }

  update(
    definition: ResourceDefinition,
    object: InputObject & {
      readonly metadata: { readonly resourceVersion?: string; readonly uid?: string };
    },
    options: WriteOptions & { readonly subresource?: "status" } = {},
  ): StoredObject {
    const { name, namespace = "" } = object.metadata;
    const previous = this.#require(definition, namespace, name);
    checkPreconditions(definition, previous, object.metadata);
    const next = merged(previous, object, options.subresource === "status");
    if (isSameJson(next, previous) || options.dryRun === true) return next;
    const { deletionTimestamp, finalizers = [] } = next.metadata;
    const isLast = deletionTimestamp !== undefined && finalizers.length === 0;
    return this.#write(definition, {
      type: isLast ? "DELETED" : "MODIFIED",
      object: next,
      previous,
    });
  }

  delete(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    options: WriteOptions & { readonly uid?: string; readonly resourceVersion?: string } = {},
  ): { readonly object: StoredObject; readonly isGone: boolean } {
    const previous = this.#require(definition, namespace, name);
    checkPreconditions(definition, previous, options);
    const isGone = (previous.metadata.finalizers ?? []).length === 0;
    if (!isGone && previous.metadata.deletionTimestamp !== undefined)
      return { object: previous, isGone };
    const object = isGone
      ? previous
      : withMetadata(previous, { deletionTimestamp: new Date().toISOString() });
    if (options.dryRun === true) return { object, isGone };
    const type = isGone ? "DELETED" : "MODIFIED";
    return { object: this.#write(definition, { type, object, previous }), isGone };
  }

  watch(
    definition: ResourceDefinition,
    namespace: string | undefined,
    fromResourceVersion: string,
    onEvent: (event: StoreEvent) => void,
  ): Subscription {
    const from = Number(fromResourceVersion);
    if (from < this.#droppedThrough)
      throw new PortunixError("Expired", `too old resource version: ${from}`);
    const watcher: Watcher = { resource: qualifiedName(definition), namespace, onEvent };
    for (const change of this.#changes) if (change.revision > from) tell(watcher, change);
    this.#watchers.add(watcher);
    return { close: () => void this.#watchers.delete(watcher) };
  }

  /** Forgets the past, so that a watch from before now is Expired. */
  compact(): void {
    this.#changes = [];
    this.#droppedThrough = this.#revision;
  }

  #require(definition: ResourceDefinition, namespace: string, name: string): StoredObject {
    const object = this.get(definition, namespace, name);
    if (object !== undefined) return object;
    throw new PortunixError("NotFound", `${subject(definition, name)} not found`);
  }

  #write(definition: ResourceDefinition, { type, object, previous }: StoreEvent): StoredObject {
    this.#revision += 1;
    const written = withMetadata(object, { resourceVersion: this.resourceVersion() });
    const { namespace = "", name } = written.metadata;
    const key = keyOf(definition, namespace, name);
    if (type === "DELETED") this.#objects.delete(key);
    else this.#objects.set(key, written);
    const change: Change = {
      revision: this.#revision,
      resource: qualifiedName(definition),
      event: { type, object: written, previous },
    };
    this.#changes.push(change);
    for (const watcher of this.#watchers) tell(watcher, change);
    return written;
  }
}

function tell({ resource, namespace, onEvent }: Watcher, change: Change): void {
  const isInNamespace =
    namespace === undefined || namespace === change.event.object.metadata.namespace;
  if (resource === change.resource && isInNamespace) onEvent(change.event);
}

function merged(previous: StoredObject, object: InputObject, isStatus: boolean): StoredObject {
  if (isStatus) return { ...previous, status: object.status };
  const { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    previous.metadata;
  const { status: _, metadata, ...body } = object;
  const { status: _before, metadata: _metadata, ...bodyBefore } = previous;
  const isChanged = !isSameJson(body, bodyBefore);
  return {
    ...body,
    metadata: {
      ...metadata,
      uid,
      resourceVersion,
      creationTimestamp,
      generation: generation + (isChanged ? 1 : 0),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    ...(previous.status === undefined ? {} : { status: previous.status }),
  };
}

function checkPreconditions(
  definition: ResourceDefinition,
  { metadata }: StoredObject,
  seen: { readonly uid?: string; readonly resourceVersion?: string },
): void {
  const isSame =
    (seen.uid === undefined || seen.uid === metadata.uid) &&
    (seen.resourceVersion === undefined || seen.resourceVersion === metadata.resourceVersion);
  if (isSame) return;
  throw new PortunixError(
    "Conflict",
    `Operation cannot be fulfilled on ${subject(definition, metadata.name)}: the object has been modified; please apply your changes to the latest version and try again`,
  );
}

function withMetadata(object: StoredObject, members: Partial<ObjectMeta>): StoredObject {
  return { ...object, metadata: { ...object.metadata, ...members } };
}

function keyOf(definition: ResourceDefinition, namespace: string, name: string): string {
  return `${qualifiedName(definition)}/${definition.namespaced ? namespace : ""}/${name}`;
}

function subject(definition: ResourceDefinition, name: string): string {
  return `${qualifiedName(definition)} "${name}"`;
}
