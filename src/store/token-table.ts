import type { Database } from "./database.ts";
import type { SqliteRow, SqliteStatement } from "./sqlite.ts";

/** A bearer token as it is kept: what it is worth, and a digest of its secret. */
export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** Of the secret: SHA-256, hexadecimal. */
  readonly digest: string;
  /** Unix epoch, milliseconds, as the other times. */
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

/** The tokens of a home. They are no objects: no list, watch or view shows them. */
export class TokenTable {
  readonly #database: Database;
  readonly #select: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #delete: SqliteStatement;
  readonly #touch: SqliteStatement;

  constructor(database: Database) {
    this.#database = database;
    this.#select = database.prepare("SELECT * FROM tokens ORDER BY created_ms, id");
    this.#insert = database.prepare("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#delete = database.prepare("DELETE FROM tokens WHERE id = ?");
    this.#touch = database.prepare("UPDATE tokens SET last_used_ms = ? WHERE id = ?");
  }

  /** The oldest first. */
  list(): readonly TokenRow[] {
    return this.#database.read(() => this.#select.all()).map(toRow);
  }

  insert(row: TokenRow): void {
    const { id, name, role, digest, createdAtMs, expiresAtMs, lastUsedAtMs } = row;
    const times = [createdAtMs, expiresAtMs ?? null, lastUsedAtMs ?? null] as const;
    this.#database.transaction(() => this.#insert.run(id, name, role, digest, ...times));
  }

  remove(id: string): void {
    this.#database.transaction(() => this.#delete.run(id));
  }

  /** Need not outlive a loss of power. */
  touch(id: string, lastUsedAtMs: number): void {
    this.#database.transaction(() => this.#touch.run(lastUsedAtMs, id), "kill");
  }
}

function toRow(row: SqliteRow): TokenRow {
  const number = (value: unknown): number | undefined =>
    value === null ? undefined : Number(value);
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    role: String(row["role"]),
    digest: String(row["digest"]),
    createdAtMs: Number(row["created_ms"]),
    expiresAtMs: number(row["expires_ms"]),
    lastUsedAtMs: number(row["last_used_ms"]),
  };
}
