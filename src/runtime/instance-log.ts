import { constants, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";

/** The output of one instance. */
export interface LogFile {
  readonly ordinal: number;
  readonly instanceId: string;
  readonly path: string;
  /** What was rotated away last, older than all of `path`; undefined when nothing was. */
  readonly rotatedPath: string | undefined;
}

export const LOG_MAX_BYTES = 10 * 1024 * 1024;
/** What is kept when there is no room for a copy. */
const LOG_TAIL_BYTES = 1024 * 1024;
const COPY_CHUNK_BYTES = 1024 * 1024;
/** The running instance's and the two before it, for each ordinal. */
const KEPT_PER_ORDINAL = 3;

export function logPath(directory: string, ordinal: number, instanceId: string): string {
  return join(directory, `${ordinal}-${instanceId}.log`);
}

/** The logs of one Plugin, by ordinal, newest instance first. */
export function listLogs(directory: string): readonly LogFile[] {
  return names(directory)
    .flatMap((name): (LogFile & { readonly birthMs: number })[] => {
      const match = /^(\d+)-([0-9a-f]{8})\.log$/.exec(name);
      const birthMs = birth(join(directory, name));
      if (match?.[1] === undefined || match[2] === undefined || birthMs === undefined) return [];
      const path = join(directory, name);
      const rotatedPath = existsSync(`${path}.1`) ? `${path}.1` : undefined;
      return [{ ordinal: Number(match[1]), instanceId: match[2], path, rotatedPath, birthMs }];
    })
    .toSorted((a, b) => a.ordinal - b.ordinal || b.birthMs - a.birthMs)
    .map(({ ordinal, instanceId, path, rotatedPath }) => ({
      ordinal,
      instanceId,
      path,
      rotatedPath,
    }));
}

/** Makes the directory, and room in it: only the newest logs of this ordinal stay. */
export function prepareLogs(directory: string, ordinal: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const old = listLogs(directory)
    .filter((log) => log.ordinal === ordinal)
    .slice(KEPT_PER_ORDINAL - 1);
  for (const { path } of old) {
    rmSync(path, { force: true });
    rmSync(`${path}.1`, { force: true });
  }
}

/**
 * Copies the end of a log that is over `maxBytes` to `<path>.1` and empties it in place: the plugin
 * keeps its open file. Lines written between the two steps are lost. A link in the log's place is
 * left alone: what it leads to is none of ours to empty.
 *
 * @returns True when it was over.
 */
export async function rotateLog(path: string, maxBytes: number): Promise<boolean> {
  if ((size(path) ?? 0) <= maxBytes) return false;
  const log = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await copyTail(log, `${path}.1`, maxBytes);
    await log.truncate(0);
  } catch (thrown) {
    if (errnoOf(thrown) !== "ENOSPC" && errnoOf(thrown) !== "EDQUOT") throw thrown;
    await keepTail(log, path);
  } finally {
    await log.close();
  }
  return true;
}

async function copyTail(log: FileHandle, target: string, maxBytes: number): Promise<void> {
  const temporary = `${target}.tmp`;
  await rm(temporary, { force: true });
  const copy = await open(temporary, "wx", 0o600);
  try {
    const { size: end } = await log.stat();
    const chunk = Buffer.alloc(COPY_CHUNK_BYTES);
    for (let at = Math.max(0, end - maxBytes); at < end; ) {
      const { bytesRead } = await log.read(chunk, 0, Math.min(chunk.length, end - at), at);
      if (bytesRead === 0) break;
      await copy.writeFile(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  } finally {
    await copy.close();
  }
  await rename(temporary, target);
}

/** With the disk full, emptying comes first: it makes the room for what is kept. */
async function keepTail(log: FileHandle, path: string): Promise<void> {
  const { size: end } = await log.stat();
  const tail = Buffer.alloc(Math.min(LOG_TAIL_BYTES, end));
  const { bytesRead } = await log.read(tail, 0, tail.length, end - tail.length);
  await log.truncate(0);
  const { O_WRONLY, O_APPEND, O_NOFOLLOW } = constants;
  const appended = await open(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  try {
    await appended.writeFile(tail.subarray(0, bytesRead));
  } finally {
    await appended.close();
  }
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function birth(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // Some file systems do not keep the time of birth.
  return stat === undefined ? undefined : stat.birthtimeMs || stat.mtimeMs;
}

/** Undefined for anything but a regular file. */
function size(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : undefined;
}
