import { PortunixError } from "../base/errors.ts";
import type { Database } from "./database.ts";
import type { SqliteRow, SqliteStatement } from "./sqlite.ts";
import { damaged } from "./storage-error.ts";

/** The first revision ever; 0 would mean "any" to a client. */
const FIRST_REVISION = 1;
const PAGE_SIZE = 256;
/** Of all JSON in the log; what is over half of it goes when it is passed, however few writes that leaves. */
const MAX_BYTES = 128 * 1024 * 1024;

const SIZE = "octet_length(json) + coalesce(octet_length(previous), 0)";

/** One write, as it is kept for those who watch. */
export interface Change {
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly type: string;
  readonly json: string;
  readonly previous: string | null;
}

/**
 * Every write of the recent past, in order, one revision each without a gap. The newest is never
 * dropped, so that the revision goes on from there after a restart.
 */
export class ChangeLog {
  readonly #database: Database;
  readonly #limit: number;
  readonly #maxBytes: number;
  readonly #insert: SqliteStatement;
  readonly #page: SqliteStatement;
  readonly #compact: SqliteStatement;
  readonly #cutBySize: SqliteStatement;
  readonly #size: SqliteStatement;
  #revision: number;
  /** The newest revision that is no longer there: a watch may start from it. */
  #droppedThrough: number;
  #bytes: number;

  constructor(database: Database, limit: number, maxBytes = MAX_BYTES) {
    this.#database = database;
    this.#limit = Math.max(1, limit);
    this.#maxBytes = maxBytes;
    this.#insert = database.prepare("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?)");
    this.#page = database.prepare(
      `SELECT revision, type, json, previous FROM changes
       WHERE revision > ? AND resource = ? AND (? IS NULL OR namespace = ?)
       ORDER BY revision LIMIT ${PAGE_SIZE}`,
    );
    this.#compact = database.prepare("DELETE FROM changes WHERE revision <= ?");
    this.#size = database.prepare(`SELECT sum(${SIZE}) AS bytes FROM changes`);
    this.#cutBySize = database.prepare(
      `SELECT max(revision) AS cut FROM
       (SELECT revision, sum(${SIZE}) OVER (ORDER BY revision DESC) AS size FROM changes) WHERE size > ?`,
    );
    const range = database.prepare(
      `SELECT min(revision) AS oldest, max(revision) AS newest, sum(${SIZE}) AS bytes,
       (SELECT max(revision) FROM objects) AS object FROM changes`,
    );
    const { oldest, newest, object, bytes } = database.read(() => range.get()) ?? {};
    this.#revision = Math.max(FIRST_REVISION, Number(newest ?? 0), Number(object ?? 0));
    this.#droppedThrough = typeof oldest === "number" ? oldest - 1 : this.#revision;
    this.#bytes = Number(bytes ?? 0);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Within a transaction. The change's revision is the one after the newest. */
  append(change: Change): void {
    const { revision, resource, namespace, type, json, previous } = change;
    const [before, droppedThrough, bytes] = [this.#revision, this.#droppedThrough, this.#bytes];
    this.#database.onRollback(() => {
      this.#revision = before;
      this.#droppedThrough = droppedThrough;
      this.#bytes = bytes;
    });
    this.#insert.run(revision, resource, namespace, type, json, previous);
    this.#revision = revision;
    this.#bytes += json.length + (previous?.length ?? 0);
    // In batches: one delete of many rows for many writes.
    const surplus = revision - this.#droppedThrough - this.#limit;
    if (surplus >= Math.max(1, this.#limit / 10)) this.#dropThrough(revision - this.#limit);
    if (this.#bytes > this.#maxBytes) this.#dropBySize();
  }

  #dropBySize(): void {
    const { cut } = this.#cutBySize.get(this.#maxBytes / 2) ?? {};
    this.#dropThrough(Math.min(Number(cut ?? 0), this.#revision - 1));
  }

  #dropThrough(revision: number): void {
    this.#compact.run(revision);
    this.#droppedThrough = Math.max(this.#droppedThrough, revision);
    this.#bytes = Number(this.#size.get()?.["bytes"] ?? 0);
  }

  /** @throws {PortunixError} Expired when changes after `revision` are no longer there. */
  checkReach(revision: number): void {
    if (revision < this.#droppedThrough)
      throw new PortunixError(
        "Expired",
        `too old resource version: ${revision} (${this.#droppedThrough})`,
      );
    if (revision > this.#revision)
      throw new PortunixError(
        "Expired",
        `too large resource version: ${revision}, current: ${this.#revision}`,
      );
  }

  /** Calls `onChange` for each change of the resource after `revision`, those too that it makes itself. */
  replay(
    scope: { readonly resource: string; readonly namespace: string | undefined },
    revision: number,
    onChange: (change: Pick<Change, "revision" | "type" | "json" | "previous">) => void,
  ): void {
    const namespace = scope.namespace ?? null;
    for (let after = revision; ; ) {
      const rows = this.#database.read(() =>
        this.#page.all(after, scope.resource, namespace, namespace),
      );
      for (const row of rows) {
        const change = this.#toChange(row);
        after = change.revision;
        onChange(change);
      }
      if (rows.length < PAGE_SIZE) return;
    }
  }

  #toChange({ revision, type, json, previous }: SqliteRow) {
    if (typeof revision !== "number" || typeof type !== "string" || typeof json !== "string")
      throw damaged(this.#database.path, "a row of the change log has the wrong types");
    return { revision, type, json, previous: typeof previous === "string" ? previous : null };
  }
}
