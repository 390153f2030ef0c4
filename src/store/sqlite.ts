import { PortunixError } from "../base/errors.ts";

/** What the store uses of SQLite: the part of Node's `DatabaseSync` that every driver has. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): SqliteRow[];
}

export type SqliteValue = string | number | null;
export type SqliteRow = Readonly<Record<string, unknown>>;
export type SqliteDriver = new (path: string) => SqliteDatabase;

/** Node's own SQLite where this Node has it, else the prebuilt package with the same interface. */
export async function loadSqlite(): Promise<SqliteDriver> {
  return builtInDriver() ?? (await packageDriver());
}

function builtInDriver(): SqliteDriver | undefined {
  const load = () => process.getBuiltinModule("node:sqlite") as DriverModule | undefined;
  return withoutSqliteWarning(load)?.DatabaseSync;
}

async function packageDriver(): Promise<SqliteDriver> {
  try {
    const module: unknown = await import("@photostructure/sqlite");
    return (module as DriverModule).DatabaseSync;
  } catch (thrown) {
    throw new PortunixError(
      "StorageFailed",
      `Node ${process.versions.node} has no node:sqlite, and the optional package @photostructure/sqlite cannot be loaded: run npm install without --omit=optional, or use Node 22.13 or newer`,
      { cause: thrown },
    );
  }
}

/**
 * Node 22 warns that SQLite is experimental, as it loads it. Loading is synchronous, so that no
 * other warning can pass while this one is being held back.
 */
function withoutSqliteWarning<T>(load: () => T): T {
  const emitWarning: unknown = Reflect.get(process, "emitWarning");
  if (typeof emitWarning !== "function") return load();
  process.emitWarning = (...warning: readonly unknown[]) => {
    if (String(warning[0]).includes("SQLite is an experimental feature")) return;
    Reflect.apply(emitWarning, process, warning);
  };
  try {
    return load();
  } finally {
    Reflect.set(process, "emitWarning", emitWarning);
  }
}

interface DriverModule {
  readonly DatabaseSync: SqliteDriver;
}
