import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf, PortunixError } from "../base/errors.ts";
import { loadSqlite, type SqliteDatabase, type SqliteStatement } from "./sqlite.ts";
import { damaged, SQLITE_BUSY, sqliteCodeOf, storageError } from "./storage-error.ts";

/** A WAL file that grew past this is cut back at the next checkpoint. */
const WAL_KEPT_BYTES = 16 * 1024 * 1024;
const STORAGE_CODES: ReadonlySet<string> = new Set(["StorageFull", "StorageFailed"]);
/** The lock goes with the next read. */
const UNLOCK = "PRAGMA locking_mode=NORMAL; SELECT 1 FROM sqlite_schema";

/**
 * Opens, or makes, the database at `path` and holds it for this process alone: the operating
 * system drops the lock when the process dies, however it dies.
 *
 * @param migrations - SQL by schema version; run from where the file stands.
 * @throws {PortunixError} DaemonRunning when another process holds it; StorageFailed when it is
 *   damaged, from a newer program, or cannot be written; StorageFull.
 */
export async function openDatabase(path: string, migrations: readonly string[]): Promise<Database> {
  const Driver = await loadSqlite();
  let sqlite: SqliteDatabase | undefined;
  let isOurs = false;
  try {
    makePrivateFile(path);
    sqlite = new Driver(path);
    // Before the first look at the file, so that SQLite needs no shared memory for the WAL.
    sqlite.exec("PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
    checkSchema(sqlite, path, migrations.length);
    isOurs = true;
    prepareFile(sqlite, path, migrations);
    return new Database(path, sqlite);
  } catch (thrown) {
    if (sqlite !== undefined) abandon(sqlite, isOurs);
    throw sqliteCodeOf(thrown) === SQLITE_BUSY ? heldElsewhere(path) : storageError(path, thrown);
  }
}

/**
 * What a committed transaction outlives. `power`: anything, since it is forced to the disk.
 * `kill`: the end of this process, but perhaps not of the machine; for what is observed anew after
 * that anyway. Forcing takes milliseconds in which nothing else can be done.
 */
export type Durability = "power" | "kill";

/**
 * One transaction at a time, with what must be taken back in memory when it fails and what must
 * wait until it is on the disk.
 *
 * The file must never be opened past SQLite by this process: closing it again would drop the lock
 * (POSIX locks belong to the process, not to the descriptor).
 */
export class Database {
  readonly path: string;
  readonly #sqlite: SqliteDatabase;
  #undo: (() => void)[] | undefined;
  #afterCommit: (() => void)[] = [];
  #isDoomed = false;
  #isClosed = false;
  #durability: Durability = "power";
  #fault: PortunixError | undefined;

  constructor(path: string, sqlite: SqliteDatabase) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  prepare(sql: string): SqliteStatement {
    return this.read(() => this.#sqlite.prepare(sql));
  }

  /** Runs `read`, with SQLite's errors made ours. */
  read<T>(read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      throw storageError(this.path, thrown);
    }
  }

  /**
   * Runs `run`; all that it writes is kept when this returns, or none of it. A transaction inside
   * another is a part of that one, as durable as that, and its failure is the failure of the whole.
   */
  transaction<T>(run: () => T, durability: Durability = "power"): T {
    if (this.#isClosed)
      throw new PortunixError("StorageFailed", `${this.path} is closed: the daemon is stopping`);
    if (this.#undo !== undefined) return this.#inner(run);
    const undo: (() => void)[] = [];
    this.#undo = undo;
    this.#isDoomed = false;
    let result: T;
    try {
      this.#setDurability(durability);
      this.#sqlite.exec("BEGIN IMMEDIATE");
      result = run();
      if (this.#isDoomed) throw new RangeError("a part of this transaction has failed");
      this.#sqlite.exec("COMMIT");
      this.#fault = undefined;
    } catch (thrown) {
      this.#rollBack(undo);
      const error = storageError(this.path, thrown);
      if (STORAGE_CODES.has(error.code)) this.#fault = error;
      throw error;
    } finally {
      this.#undo = undefined;
    }
    for (const after of this.#afterCommit.splice(0)) after();
    return result;
  }

  /**
   * Why nothing can be written now; undefined when the last write went well. After a failure each
   * call tries again, with a write that changes nothing.
   */
  writeFault(): PortunixError | undefined {
    if (this.#fault === undefined || this.#isClosed) return this.#fault;
    try {
      const version = numberOf(this.#sqlite, "PRAGMA user_version");
      this.transaction(() => this.#sqlite.exec(`PRAGMA user_version=${version}`), "kill");
    } catch {
      // The transaction has noted why.
    }
    return this.#fault;
  }

  /** Within a transaction: what puts memory back as it was. Run newest first. */
  onRollback(undo: () => void): void {
    this.#undo?.push(undo);
  }

  /** Within a transaction: must not throw, may start another transaction. */
  afterCommit(run: () => void): void {
    this.#afterCommit.push(run);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      release(this.#sqlite);
    } catch {
      // With a full disk the WAL stays, and the next open reads it.
    }
    this.#sqlite.close();
  }

  /** In WAL mode FULL forces the log at each commit, all that came before included; NORMAL does not. */
  #setDurability(durability: Durability): void {
    if (durability === this.#durability) return;
    this.#sqlite.exec(`PRAGMA synchronous=${durability === "power" ? "FULL" : "NORMAL"}`);
    this.#durability = durability;
  }

  #inner<T>(run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      this.#isDoomed = true;
      throw thrown;
    }
  }

  #rollBack(undo: (() => void)[]): void {
    try {
      this.#sqlite.exec("ROLLBACK");
    } catch {
      // SQLite rolls back by itself when the disk is full.
    }
    for (const step of undo.toReversed()) step();
    this.#afterCommit = [];
  }
}

function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  chmodSync(dirname(path), 0o700);
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (thrown) {
    if (errnoOf(thrown) !== "EEXIST") throw thrown;
  }
}

function checkSchema(sqlite: SqliteDatabase, path: string, known: number): void {
  const found = numberOf(sqlite, "PRAGMA user_version");
  if (found > known)
    throw new PortunixError(
      "StorageFailed",
      `${path} was written by a newer Portunix: it has schema version ${found}, this program knows ${known}; it was not changed. Run the newer Portunix again, or set PORTUNIX_HOME to another directory`,
    );
  if (found === 0 && numberOf(sqlite, "SELECT count(*) FROM sqlite_schema") > 0)
    throw damaged(path, "it is a database of another program");
}

function prepareFile(sqlite: SqliteDatabase, path: string, migrations: readonly string[]): void {
  sqlite.exec("ROLLBACK; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  sqlite.exec(`PRAGMA journal_size_limit=${WAL_KEPT_BYTES}`);
  migrate(sqlite, migrations);
  for (const file of [path, `${path}-wal`]) if (existsSync(file)) chmodSync(file, 0o600);
}

function migrate(sqlite: SqliteDatabase, migrations: readonly string[]): void {
  const found = numberOf(sqlite, "PRAGMA user_version");
  for (const [index, sql] of migrations.entries()) {
    if (index < found) continue;
    sqlite.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version=${index + 1}; COMMIT`);
  }
}

function numberOf(sqlite: SqliteDatabase, sql: string): number {
  return Number(Object.values(sqlite.prepare(sql).get() ?? {})[0]);
}

/**
 * Gives the lock up before closing: the package for Node 20 keeps a closed connection, and so its
 * lock, until its statements are collected. Locking can only be made normal again outside WAL mode.
 */
function release(sqlite: SqliteDatabase): void {
  sqlite.exec(`PRAGMA journal_mode=DELETE; ${UNLOCK}`);
}

/** @param isOurs - Else the file stays as it is, to the bit. */
function abandon(sqlite: SqliteDatabase, isOurs: boolean): void {
  for (const step of [
    () => sqlite.exec("ROLLBACK"),
    () => (isOurs ? release(sqlite) : sqlite.exec(UNLOCK)),
  ]) {
    try {
      step();
    } catch {
      // Whatever state it is in, closing it is all that is left.
    }
  }
  sqlite.close();
}

function heldElsewhere(path: string): PortunixError {
  const pid = daemonPid(dirname(path));
  return new PortunixError(
    "DaemonRunning",
    `another daemon holds ${path}${pid === undefined ? "" : ` (pid ${pid})`}: use that one, stop it with "portunix daemon stop", or set PORTUNIX_HOME to another directory`,
  );
}

function daemonPid(stateDirectory: string): number | undefined {
  try {
    const { pid }: { pid?: unknown } = JSON.parse(
      readFileSync(join(stateDirectory, "daemon.json"), "utf8"),
    );
    return typeof pid === "number" && Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
