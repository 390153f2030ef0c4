import type { FileHandle } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { openRegularFile } from "../base/files.ts";

export interface ReadLogOptions {
  /** How many lines from the end; undefined for all. */
  readonly tailLines: number | undefined;
  /** Go on with what is appended, until `signal` aborts. */
  readonly follow: boolean;
  /** Whether nothing more will be written: what is there is still read, and then a followed log ends. */
  readonly isEnded?: () => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 200;

/**
 * The text of one log file from its first or its last lines on. A file that was cut (rotation by
 * copy and truncate) is followed from its new start; one that does not exist, or that something
 * else has taken the place of, is empty: to wait for a FIFO would hold up all work with files.
 */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await openRegularFile(path);
  } catch {
    return;
  }
  try {
    let offset = options.tailLines === undefined ? 0 : await startOfTail(handle, options.tailLines);
    for (;;) {
      const isLast = options.isEnded?.() === true;
      const { size } = await handle.stat();
      if (size < offset) offset = 0;
      while (offset < size && !options.signal.aborted) {
        const { bytesRead, buffer } = await handle.read({
          buffer: Buffer.alloc(Math.min(CHUNK_BYTES, size - offset)),
          position: offset,
        });
        if (bytesRead === 0) break;
        offset += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      if (!options.follow || isLast || options.signal.aborted) return;
      await pause(options);
    }
  } finally {
    await handle.close();
  }
}

/** Where the last `lines` lines begin; read backwards, so that a long log costs no more than its end. */
async function startOfTail(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(end - start),
      position: start,
    });
    for (let index = bytesRead - 1; index >= 0; index -= 1) {
      const isLineEnd = buffer[index] === 0x0a && start + index < size - 1;
      if (isLineEnd && ++found === lines) return start + index + 1;
    }
    end = start;
  }
  return 0;
}

function pause({ clock, signal }: ReadLogOptions): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(POLL_MS, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
