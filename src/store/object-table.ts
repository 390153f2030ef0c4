import type { StoredObject } from "../api/meta.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { Database } from "./database.ts";
import { ObjectCache } from "./object-cache.ts";
import type { StoreEvent } from "./object-store.ts";
import type { SqliteStatement } from "./sqlite.ts";
import { damaged } from "./storage-error.ts";

/** The objects as they are now: on the disk, and in memory with their JSON beside them. */
export class ObjectTable {
  readonly #database: Database;
  readonly #byResource = new Map<string, ObjectCache>();
  readonly #texts = new WeakMap<StoredObject, string>();
  readonly #insert: SqliteStatement;
  readonly #update: SqliteStatement;
  readonly #delete: SqliteStatement;

  constructor(database: Database) {
    this.#database = database;
    const at = "resource = ? AND namespace = ? AND name = ? AND revision = ?";
    this.#insert = database.prepare("INSERT INTO objects VALUES (?, ?, ?, ?, ?)");
    this.#update = database.prepare(`UPDATE objects SET revision = ?, json = ? WHERE ${at}`);
    this.#delete = database.prepare(`DELETE FROM objects WHERE ${at}`);
    this.#load();
  }

  get(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.#byResource.get(resource)?.get(namespace, name);
  }

  list(resource: string, namespace: string | undefined): readonly StoredObject[] {
    return this.#byResource.get(resource)?.list(namespace) ?? [];
  }

  text(object: StoredObject): string {
    return this.#texts.get(object) ?? JSON.stringify(object);
  }

  /** A copy that shares nothing with `object`, so that no caller can change what is stored. */
  freeze(object: StoredObject): StoredObject {
    return this.parse(JSON.stringify(object));
  }

  parse(json: string): StoredObject {
    try {
      const object = deepFreeze(JSON.parse(json) as StoredObject);
      this.#texts.set(object, json);
      return object;
    } catch (thrown) {
      throw damaged(this.#database.path, "an object in it is no JSON", thrown);
    }
  }

  /** Within a transaction; taken back in memory too when that fails. */
  write(resource: string, { type, object, previous }: StoreEvent, revision: number): void {
    const { namespace = "", name } = object.metadata;
    const seen = Number(previous?.metadata.resourceVersion ?? 0);
    const key = [resource, namespace, name] as const;
    const { changes } =
      previous === undefined
        ? this.#insert.run(...key, revision, this.text(object))
        : type === "DELETED"
          ? this.#delete.run(...key, seen)
          : this.#update.run(revision, this.text(object), ...key, seen);
    if (Number(changes) !== 1) {
      const reason = `${key.join("/")} is not at revision ${seen}, as it is in memory`;
      throw damaged(this.#database.path, reason);
    }
    const cache = this.#cacheOf(resource);
    this.#database.onRollback(() => {
      if (previous === undefined) cache.delete(namespace, name);
      else cache.put(previous);
    });
    if (type === "DELETED") cache.delete(namespace, name);
    else cache.put(object);
  }

  #load(): void {
    const select = this.#database.prepare("SELECT resource, json FROM objects");
    const byResource = new Map<string, StoredObject[]>();
    for (const { resource, json } of this.#database.read(() => select.all())) {
      const objects = byResource.get(String(resource)) ?? [];
      objects.push(this.parse(String(json)));
      byResource.set(String(resource), objects);
    }
    for (const [resource, objects] of byResource) this.#cacheOf(resource).load(objects);
  }

  #cacheOf(resource: string): ObjectCache {
    const cache = this.#byResource.get(resource) ?? new ObjectCache();
    this.#byResource.set(resource, cache);
    return cache;
  }
}
