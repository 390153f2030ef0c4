import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, LogOptions, ObjectAddress } from "./api-client.ts";
import { DEFAULT_MAX_DOWNTIME_MS, isTransient, RETRY_MS } from "./watch.ts";

/** By so many of the last bytes a place in a log is found again. */
const MARK_BYTES = 1024;
/** Rotation keeps logs far below this. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface FollowLogOptions extends LogOptions {
  /** Whether the log of an object ends for good when its process does, as that of a Pod. */
  readonly endsWithProcess: boolean;
  /** How long the daemon may stay away; 60 s when left out. */
  readonly maxDowntimeMs?: number;
}

/**
 * A log as it comes. When it is followed and the daemon goes away, it goes on, once the daemon is
 * back, behind the last byte that was given: plugins write on meanwhile.
 */
export async function* followLog(
  client: ApiClient,
  address: ObjectAddress,
  options: FollowLogOptions,
): AsyncGenerator<Buffer> {
  const { endsWithProcess, maxDowntimeMs = DEFAULT_MAX_DOWNTIME_MS, ...asked } = options;
  let mark: Buffer = Buffer.alloc(0);
  let downSinceMs: number | undefined;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const log = isFirst ? client.log(address, asked) : resume(client, address, { asked, mark });
      for await (const chunk of await log) {
        downSinceMs = undefined;
        mark = Buffer.concat([mark, chunk]).subarray(-MARK_BYTES);
        yield chunk;
      }
      if (asked.follow !== true || (endsWithProcess && (await isThere(client)))) return;
    } catch (thrown) {
      if (asked.follow !== true || isFirstTry(isFirst, client) || !isTransient(thrown))
        throw thrown;
      downSinceMs ??= performance.now();
      if (performance.now() - downSinceMs > maxDowntimeMs) throw thrown;
    }
    await sleep(RETRY_MS);
  }
}

/** A daemon that has never answered is none that went away. */
function isFirstTry(isFirst: boolean, client: ApiClient): boolean {
  return isFirst && !client.wasReached();
}

async function isThere(client: ApiClient): Promise<boolean> {
  return client.ready().then(
    () => true,
    () => false,
  );
}

interface Place {
  readonly asked: LogOptions;
  readonly mark: Buffer;
}

async function resume(
  client: ApiClient,
  address: ObjectAddress,
  { asked, mark }: Place,
): Promise<AsyncIterable<Buffer>> {
  if (mark.length === 0) return client.log(address, asked);
  const { instance, previous, timestamps } = asked;
  const whole = { instance, previous, timestamps };
  const text = await readAll(await client.log(address, { ...whole, follow: false }));
  const at = text.lastIndexOf(mark);
  // Not found: it is the log of another process, all of which is new.
  const known = at === -1 ? 0 : at + mark.length;
  return behind(await client.log(address, { ...whole, follow: true }), known);
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size > MAX_BYTES) break;
  }
  return Buffer.concat(parts);
}

async function* behind(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - part.length;
    if (part.length > 0) yield part;
  }
}
