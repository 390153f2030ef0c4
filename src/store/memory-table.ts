import { canonicalJson } from "../base/canonical-json.ts";
import type { Database } from "./database.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { SqliteStatement } from "./sqlite.ts";
import { damaged } from "./storage-error.ts";

interface Remembered {
  readonly json: string;
  readonly value: unknown;
}

/** What a controller must remember between its decisions, by key. */
export class MemoryTable {
  readonly #database: Database;
  readonly #byKey = new Map<string, Remembered>();
  readonly #save: SqliteStatement;
  readonly #forget: SqliteStatement;

  constructor(database: Database) {
    this.#database = database;
    this.#save = database.prepare("INSERT OR REPLACE INTO memory VALUES (?, ?)");
    this.#forget = database.prepare("DELETE FROM memory WHERE key = ?");
    const select = database.prepare("SELECT key, json FROM memory");
    for (const { key, json } of database.read(() => select.all())) {
      this.#byKey.set(String(key), this.#remembered(String(json)));
    }
  }

  get(key: string): unknown {
    return this.#byKey.get(key)?.value;
  }

  isSame(key: string, value: unknown): boolean {
    return this.#byKey.get(key)?.json === canonicalJson(value);
  }

  save(key: string, value: unknown): void {
    const json = canonicalJson(value);
    this.#database.transaction(() => {
      this.#save.run(key, json);
      this.#put(key, this.#remembered(json));
    });
  }

  forget(key: string): void {
    if (!this.#byKey.has(key)) return;
    this.#database.transaction(() => {
      this.#forget.run(key);
      this.#put(key, undefined);
    });
  }

  #put(key: string, remembered: Remembered | undefined): void {
    const previous = this.#byKey.get(key);
    this.#database.onRollback(() => this.#set(key, previous));
    this.#set(key, remembered);
  }

  #set(key: string, remembered: Remembered | undefined): void {
    if (remembered === undefined) this.#byKey.delete(key);
    else this.#byKey.set(key, remembered);
  }

  #remembered(json: string): Remembered {
    try {
      return { json, value: deepFreeze(JSON.parse(json) as unknown) };
    } catch (thrown) {
      throw damaged(this.#database.path, "a controller's memory in it is no JSON", thrown);
    }
  }
}
