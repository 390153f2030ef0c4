import { randomUUID } from "node:crypto";
import type { InputObject, StoredObject } from "../api/meta.ts";
import { qualifiedName, type ResourceDefinition } from "../api/resource-definition.ts";
import type { Clock } from "../base/clock.ts";
import type { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { ChangeLog } from "./change-log.ts";
import { type Database, type Durability, openDatabase } from "./database.ts";
import { EventRecorder } from "./event-recorder.ts";
import { CONTROLLER_MANAGER, type FieldTracker } from "./field-tracker.ts";
import { InventoryTable } from "./inventory-table.ts";
import { MemoryTable } from "./memory-table.ts";
import { MIGRATIONS } from "./migrations.ts";
import type {
  DeleteOptions,
  ObjectList,
  StoreEvent,
  Subscription,
  UpdateOptions,
  WriteOptions,
} from "./object-store.ts";
import * as rules from "./object-rules.ts";
import { ObjectTable } from "./object-table.ts";
import * as refusal from "./refusals.ts";
import { SourceNotes } from "./source-notes.ts";
import { TokenTable } from "./token-table.ts";
import { Watchers } from "./watchers.ts";

export interface StoreOptions {
  /** `<home>/state/portunix.db`; its directory becomes 0700. */
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly definitions: readonly ResourceDefinition[];
  /** How many writes a watch can look back at least. Default 5,000. */
  readonly historyLimit?: number;
  /** Keeps managedFields for writes of the daemon's own; left out: such writes leave them alone. */
  readonly trackFields?: FieldTracker;
}

/**
 * Opens the one store of a home, and makes it when there is none. Held until `close`, or until
 * the process ends.
 *
 * @throws {PortunixError} DaemonRunning, StorageFailed or StorageFull.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options.path, MIGRATIONS);
  try {
    return new Store(database, options);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/**
 * Durable objects of every kind. Reads are from memory; objects are frozen. A write has reached
 * the disk when it returns, and only then do watchers hear of it.
 */
export class Store {
  readonly definitions: readonly ResourceDefinition[];
  readonly inventory: InventoryTable;
  readonly notes = new SourceNotes();
  readonly tokens: TokenTable;
  readonly events: EventRecorder;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #trackFields: FieldTracker | undefined;
  readonly #objects: ObjectTable;
  readonly #changes: ChangeLog;
  readonly #memory: MemoryTable;
  readonly #watchers: Watchers;

  constructor(database: Database, options: StoreOptions) {
    this.#database = database;
    this.#clock = options.clock;
    this.#trackFields = options.trackFields;
    this.definitions = options.definitions;
    this.#objects = new ObjectTable(database);
    this.#changes = new ChangeLog(database, options.historyLimit ?? 5000);
    this.#memory = new MemoryTable(database);
    this.#watchers = new Watchers(options.logger);
    this.inventory = new InventoryTable(database);
    this.tokens = new TokenTable(database);
    this.events = new EventRecorder(this, options);
  }

  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined {
    const scope = definition.namespaced ? namespace : "";
    return this.#objects.get(qualifiedName(definition), scope, name);
  }

  /** Sorted by namespace, then name. @param namespace - undefined for all. */
  list(definition: ResourceDefinition, namespace: string | undefined): ObjectList {
    const items = this.#objects.list(qualifiedName(definition), namespace);
    return { items, resourceVersion: this.resourceVersion() };
  }

  /** The JSON of an object that this store gave out, as it is kept: no need to make it again. */
  text(object: StoredObject): string {
    return this.#objects.text(object);
  }

  resourceVersion(): string {
    return String(this.#changes.revision);
  }

  /** On a dry run the resourceVersion is empty. @throws {PortunixError} AlreadyExists, Conflict. */
  create(
    definition: ResourceDefinition,
    object: InputObject,
    options: WriteOptions = {},
  ): StoredObject {
    const { name, namespace = "" } = object.metadata;
    const present = this.get(definition, namespace, name);
    if (present !== undefined) throw refusal.alreadyExists(definition, present);
    this.#refuseEndingNamespace(definition, object);
    const created = rules.toNewObject(definition, object, {
      uid: randomUUID(),
      resourceVersion: "",
      creationTimestamp: rules.toTimestamp(this.#clock.nowMs()),
    });
    const tracked = this.#track(definition, { live: undefined, next: created }, options);
    if (options.dryRun === true) return tracked;
    return this.#write(definition, { type: "ADDED", object: tracked, previous: undefined });
  }

  /**
   * With metadata.resourceVersion or uid: Conflict unless they are the stored ones. A write that
   * changes nothing keeps the resourceVersion. Removing the last finalizer of an object that is
   * being deleted removes it, and returns its last state.
   */
  update(
    definition: ResourceDefinition,
    object: InputObject & {
      readonly metadata: { readonly resourceVersion?: string; readonly uid?: string };
    },
    options: UpdateOptions = {},
  ): StoredObject {
    const { name, namespace = "" } = object.metadata;
    const previous = this.#require(definition, namespace, name);
    refusal.checkIdentity(definition, previous, object.metadata);
    const isStatus = options.subresource === "status";
    if (!isStatus) refusal.checkFinalizers(definition, previous, object);
    const changed = isStatus
      ? rules.toObjectWithStatus(previous, object.status, object.metadata.managedFields)
      : rules.toUpdatedObject(definition, previous, object);
    const next = this.#track(definition, { live: previous, next: changed }, options);
    if (next === previous || options.dryRun === true) return next;
    const isLast = rules.isDeleting(next) && !rules.isHeld(definition, next);
    return this.#write(definition, {
      type: isLast ? "DELETED" : "MODIFIED",
      object: next,
      previous,
    });
  }

  /** With finalizers left the object stays, with a deletionTimestamp. */
  delete(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): { readonly object: StoredObject; readonly isGone: boolean } {
    const previous = this.#require(definition, namespace, name);
    refusal.checkPreconditions(definition, previous, options);
    const isGone = !rules.isHeld(definition, previous);
    if (!isGone && rules.isDeleting(previous)) return { object: previous, isGone };
    const deletionTimestamp = rules.toTimestamp(this.#clock.nowMs());
    const object = isGone ? previous : rules.withMetadata(previous, { deletionTimestamp });
    if (options.dryRun === true) return { object, isGone };
    const type = isGone ? "DELETED" : "MODIFIED";
    return { object: this.#write(definition, { type, object, previous }), isGone };
  }

  /**
   * Calls `onEvent` for each change after `fromResourceVersion`, the past ones before it returns,
   * later ones as soon as they are on the disk. What it throws is logged and goes no further.
   *
   * @throws {PortunixError} Expired when the log does not reach back that far; BadRequest.
   */
  watch(
    definition: ResourceDefinition,
    namespace: string | undefined,
    fromResourceVersion: string,
    onEvent: (event: StoreEvent) => void,
  ): Subscription {
    const revision = refusal.parseRevision(fromResourceVersion);
    this.#changes.checkReach(revision);
    const watcher = { resource: qualifiedName(definition), namespace, onEvent };
    this.#changes.replay(watcher, revision, (change) => {
      const previous = change.previous === null ? undefined : this.#objects.parse(change.previous);
      const type = change.type as StoreEvent["type"];
      this.#watchers.tell(watcher, { type, object: this.#objects.parse(change.json), previous });
    });
    return this.#watchers.add(watcher, this.#changes.revision);
  }

  /** Why nothing can be written now, such as a full disk: what is read is then not what is so. */
  writeFault(): PortunixError | undefined {
    return this.#database.writeFault();
  }

  /** All the writes of `run` are kept, or none; watchers hear of them afterwards. */
  transaction<T>(run: () => T, durability: Durability = "power"): T {
    return this.#database.transaction(run, durability);
  }

  /** What was last saved under `key`; plain JSON, frozen. */
  getMemory(key: string): unknown {
    return this.#memory.get(key);
  }

  forgetMemory(key: string): void {
    this.#memory.forget(key);
  }

  /**
   * Status of an object and a memory beside it, in one transaction; what is as it was is not
   * written. Does nothing when the object is gone, or is another of the same name. Outlives a kill
   * of the daemon; after a power cut no process is left for it to be about.
   */
  saveStatus(
    definition: ResourceDefinition,
    target: { readonly namespace: string; readonly name: string; readonly uid: string },
    saved: { readonly status: unknown; readonly memoryKey: string; readonly memory: unknown },
  ): void {
    const previous = this.get(definition, target.namespace, target.name);
    if (previous === undefined || previous.metadata.uid !== target.uid) return;
    const changed = rules.toObjectWithStatus(previous, saved.status);
    const writer = { manager: CONTROLLER_MANAGER, subresource: "status" } as const;
    const next = this.#track(definition, { live: previous, next: changed }, writer);
    const isRemembered = this.#memory.isSame(saved.memoryKey, saved.memory);
    if (next === previous && isRemembered) return;
    this.transaction(() => {
      if (next !== previous) this.#write(definition, { type: "MODIFIED", object: next, previous });
      if (!isRemembered) this.#memory.save(saved.memoryKey, saved.memory);
    }, "kill");
  }

  /** Writes the events that are waiting, and gives the database up. */
  close(): void {
    this.events.close();
    this.#database.close();
  }

  /** `next` with the managers that it has after a write of our own; itself after anyone else's. */
  #track(
    definition: ResourceDefinition,
    { live, next }: { readonly live: StoredObject | undefined; readonly next: StoredObject },
    { manager, subresource }: Pick<UpdateOptions, "manager" | "subresource">,
  ): StoredObject {
    if (next === live || manager === undefined || this.#trackFields === undefined) return next;
    const write = { definition, live, next, manager, subresource: subresource ?? "" } as const;
    const entries = this.#trackFields(write);
    return rules.withManagedFields(next, entries);
  }

  #require(definition: ResourceDefinition, namespace: string, name: string): StoredObject {
    const object = this.get(definition, namespace, name);
    if (object === undefined) throw refusal.notFound(definition, name);
    return object;
  }

  #refuseEndingNamespace(definition: ResourceDefinition, { metadata }: InputObject): void {
    if (!definition.namespaced || metadata.namespace === undefined) return;
    const namespace = this.#objects.get("namespaces", "", metadata.namespace);
    if (namespace === undefined || !rules.isDeleting(namespace)) return;
    throw refusal.namespaceEnding(definition, metadata.name, metadata.namespace);
  }

  #write(definition: ResourceDefinition, event: StoreEvent): StoredObject {
    const resource = qualifiedName(definition);
    return this.#database.transaction(() => {
      const revision = this.#changes.revision + 1;
      const object = this.#objects.freeze(
        rules.withMetadata(event.object, { resourceVersion: String(revision) }),
      );
      const written = { ...event, object };
      this.#objects.write(resource, written, revision);
      this.#changes.append({
        revision,
        resource,
        namespace: object.metadata.namespace ?? "",
        type: event.type,
        json: this.text(object),
        previous: event.previous === undefined ? null : this.text(event.previous),
      });
      this.#database.afterCommit(() =>
        this.#watchers.publish({ resource, revision, event: written }),
      );
      return object;
    });
  }
}
