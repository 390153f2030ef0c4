import { errnoOf, PortunixError } from "../base/errors.ts";

/** SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
export const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** Names what SQLite or the file system threw, the file, and what to do. Ours passes through. */
export function storageError(path: string, thrown: unknown): PortunixError {
  if (thrown instanceof PortunixError) return thrown;
  const code = sqliteCodeOf(thrown);
  const errno = errnoOf(thrown);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const fail = (kind: "StorageFull" | "StorageFailed", text: string) =>
    new PortunixError(kind, text, { cause: thrown });
  if (code === SQLITE_FULL || errno === "ENOSPC" || errno === "EDQUOT")
    return fail("StorageFull", `cannot write ${path}: ${reason}; free space on its disk`);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return damaged(path, reason, thrown);
  if (code === SQLITE_READONLY || code === SQLITE_CANTOPEN || isAccess(errno))
    return fail(
      "StorageFailed",
      `cannot open or write ${path}: ${reason}; make its directory writable for this user, or set PORTUNIX_HOME to one that is`,
    );
  if (code !== undefined || errno !== undefined)
    return fail("StorageFailed", `cannot read or write ${path}: ${reason}; check its disk`);
  return PortunixError.from(thrown);
}

/** The file is left as it is: what can be saved of it is for its owner to decide. */
export function damaged(path: string, reason: string, cause?: unknown): PortunixError {
  return new PortunixError(
    "StorageFailed",
    `${path} is damaged or is no Portunix database: ${reason}; it was not changed. Put a good copy in its place, or move it away (mv ${path} ${path}.damaged) and start again: objects from manifest directories come back by themselves, those from "portunix apply" when applied again`,
    { cause },
  );
}

/** The primary result code; undefined when SQLite did not throw this. */
export function sqliteCodeOf(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  if (typeof code === "number") return code & 0xff;
  // The package for Node 20 gives no code with what fails in reading rows.
  const message = thrown instanceof Error ? thrown.message : "";
  return RESULT_TEXTS.find(([text]) => message.includes(text))?.[1];
}

/** What sqlite3_errstr() says of the results that are told apart here. */
const RESULT_TEXTS = [
  ["database is locked", SQLITE_BUSY],
  ["attempt to write a readonly database", SQLITE_READONLY],
  ["disk I/O error", SQLITE_IOERR],
  ["database disk image is malformed", SQLITE_CORRUPT],
  ["database or disk is full", SQLITE_FULL],
  ["unable to open database file", SQLITE_CANTOPEN],
  ["file is not a database", SQLITE_NOTADB],
] as const;

function isAccess(errno: string | undefined): boolean {
  return errno !== undefined && ["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOENT"].includes(errno);
}
