import type { ObjectRef } from "../api/meta.ts";
import type { InventoryEntry } from "../api/source-snapshot.ts";
import { PortunixError } from "../base/errors.ts";
import type { Database } from "./database.ts";
import { refKey, refText } from "./ref-key.ts";
import type { SqliteRow, SqliteStatement } from "./sqlite.ts";

type Entries = ReadonlyMap<string, InventoryEntry>;

/** What each source has brought. An object is in the inventory of one source at most: its owner. */
export class InventoryTable {
  readonly #database: Database;
  readonly #bySource = new Map<string, Entries>();
  readonly #owners = new Map<string, string>();
  readonly #save: SqliteStatement;
  readonly #delete: SqliteStatement;

  constructor(database: Database) {
    this.#database = database;
    this.#save = database.prepare(
      "INSERT OR REPLACE INTO inventory VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#delete = database.prepare(
      "DELETE FROM inventory WHERE api_version = ? AND kind = ? AND namespace = ? AND name = ? AND source = ?",
    );
    this.#load();
  }

  ownerOf(ref: ObjectRef): string | undefined {
    return this.#owners.get(refKey(ref));
  }

  list(sourceId: string): readonly InventoryEntry[] {
    return [...(this.#bySource.get(sourceId)?.values() ?? [])];
  }

  /**
   * Makes `entries` all that the source owns; only what differs is written.
   *
   * @throws {PortunixError} Conflict when another source owns one of them; nothing is saved then.
   */
  save(sourceId: string, entries: readonly InventoryEntry[]): void {
    for (const { ref } of entries) this.#checkOwner(sourceId, ref);
    const before: Entries = this.#bySource.get(sourceId) ?? new Map();
    const after = new Map(entries.map((entry) => [refKey(entry.ref), entry]));
    const gone = [...before].flatMap(([key, entry]) => (after.has(key) ? [] : [entry]));
    const changed = [...after].flatMap(([key, entry]) =>
      isSame(before.get(key), entry) ? [] : [entry],
    );
    if (gone.length === 0 && changed.length === 0) return;
    this.#database.transaction(() => {
      for (const { ref } of gone) this.#delete.run(...columns(ref), sourceId);
      for (const { ref, file, line, applied } of changed) {
        this.#save.run(...columns(ref), sourceId, file, line, applied);
      }
      this.#database.onRollback(() => this.#set(sourceId, before));
      this.#set(sourceId, after);
    });
  }

  #checkOwner(sourceId: string, ref: ObjectRef): void {
    const owner = this.ownerOf(ref);
    if (owner === undefined || owner === sourceId) return;
    throw new PortunixError(
      "Conflict",
      `${refText(ref)} belongs to ${owner}, so ${sourceId} cannot claim it: take it out of one of the two`,
    );
  }

  #set(sourceId: string, entries: Entries): void {
    for (const key of this.#bySource.get(sourceId)?.keys() ?? []) this.#owners.delete(key);
    for (const key of entries.keys()) this.#owners.set(key, sourceId);
    if (entries.size === 0) this.#bySource.delete(sourceId);
    else this.#bySource.set(sourceId, entries);
  }

  #load(): void {
    const select = this.#database.prepare("SELECT * FROM inventory ORDER BY rowid");
    const bySource = new Map<string, Map<string, InventoryEntry>>();
    for (const row of this.#database.read(() => select.all())) {
      const entry = toEntry(row);
      const source = String(row["source"]);
      const entries = bySource.get(source) ?? new Map<string, InventoryEntry>();
      bySource.set(source, entries.set(refKey(entry.ref), entry));
    }
    for (const [source, entries] of bySource) this.#set(source, entries);
  }
}

function columns({ apiVersion, kind, namespace, name }: ObjectRef) {
  return [apiVersion, kind, namespace, name] as const;
}

function isSame(a: InventoryEntry | undefined, b: InventoryEntry): boolean {
  return a?.file === b.file && a.line === b.line && a.applied === b.applied;
}

function toEntry(row: SqliteRow): InventoryEntry {
  const text = (column: string) => String(row[column]);
  return {
    ref: {
      apiVersion: text("api_version"),
      kind: text("kind"),
      namespace: text("namespace"),
      name: text("name"),
    },
    file: text("file"),
    line: Number(row["line"]),
    applied: text("applied"),
  };
}
