import { constants } from "node:fs";
import { randomBytes } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, PortunixError } from "./errors.ts";

/** Ends the names of files that are being written; what is left of one after a crash is swept. */
const TEMPORARY = /\.tmp-[0-9a-f]{8}$/;

/**
 * Replaces a file, 0600, as a whole: after a crash it holds the old text or the new one. Which of
 * them after a loss of power, only {@link syncDirectory} decides.
 */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${randomBytes(4).toString("hex")}`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Makes names that were created, replaced or removed in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what interrupted calls of {@link writeFileAtomic} have left in a directory. */
export async function sweepTemporaryFiles(directory: string): Promise<void> {
  const names = await readdir(directory);
  for (const name of names.filter((candidate) => TEMPORARY.test(candidate))) {
    await rm(join(directory, name), { force: true });
  }
}

/**
 * Opens a file for reading, and only a regular one: a link, a device or a FIFO put in its place
 * is refused, and never waited for. The caller closes it.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const handle = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
  );
  try {
    const stats = await handle.stat();
    if (stats.isFile()) return handle;
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
  await handle.close();
  throw new PortunixError("StorageFailed", `${path}: not a regular file`);
}

/**
 * The bytes of a regular file; undefined when there is none.
 *
 * @throws {PortunixError} RequestTooLarge: more than `maxBytes`. StorageFailed: not a regular file.
 */
export async function readFileBounded(path: string, maxBytes: number): Promise<Buffer | undefined> {
  let handle: FileHandle;
  try {
    handle = await openRegularFile(path);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "ELOOP") {
      throw new PortunixError("StorageFailed", `${path}: a symbolic link where a file belongs`);
    }
    throw thrown;
  }
  try {
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, maxBytes) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
      if (length > maxBytes || length === buffer.length) break;
    }
  } finally {
    await handle.close();
  }
  throw new PortunixError("RequestTooLarge", `${path}: larger than ${maxBytes} bytes, or growing`);
}

/**
 * Names a failure of the file system for what it is: a full disk as StorageFull, any other as
 * StorageFailed. A PortunixError passes through.
 *
 * @param what - What could not be done, and on what.
 */
export function toStorageError(what: string, thrown: unknown): PortunixError {
  const error = PortunixError.from(thrown);
  if (error === thrown || errnoOf(thrown) === undefined) return error;
  if (error.code === "StorageFull") {
    return new PortunixError("StorageFull", `${what}: ${error.message}; free some space`, {
      cause: thrown,
    });
  }
  const hint = isRefused(thrown) ? "; make the directory writable for the user of the daemon" : "";
  return new PortunixError("StorageFailed", `${what}: ${error.message}${hint}`, { cause: thrown });
}

function isRefused(thrown: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(errnoOf(thrown) ?? "");
}
