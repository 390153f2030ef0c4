import { timeOfLine } from "./log-time.ts";

export interface LineOptions {
  /** Unix epoch, ms; undefined: from the beginning. */
  readonly sinceMs: number | undefined;
  /** Puts the time before each line that says its own. */
  readonly hasTimestamps: boolean;
  /** How many bytes at most. */
  readonly limitBytes: number | undefined;
}

/** A line that is longer is looked at in pieces. */
const LINE_MAX_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * The part of a log that is asked for. A plugin's output has no times of its own: a line counts by
 * the time that it says (see {@link timeOfLine}), one that says none by the last line before it that
 * does. Lines before the first such are shown, since nothing tells that they are too old.
 */
export async function* selectLines(
  chunks: AsyncIterable<Uint8Array>,
  options: LineOptions,
): AsyncGenerator<Uint8Array> {
  const { sinceMs, hasTimestamps, limitBytes = Number.POSITIVE_INFINITY } = options;
  const isPlain = sinceMs === undefined && !hasTimestamps;
  let left = limitBytes;
  for await (const text of isPlain ? chunks : chosen(chunks, options)) {
    const part = text.length > left ? text.subarray(0, left) : text;
    left -= part.length;
    if (part.length > 0) yield part;
    if (left <= 0) return;
  }
}

async function* chosen(
  chunks: AsyncIterable<Uint8Array>,
  { sinceMs, hasTimestamps }: LineOptions,
): AsyncGenerator<Uint8Array> {
  let isOld = false;
  for await (const line of linesOf(chunks)) {
    const timeMs = timeOfLine(line.toString("utf8", 0, 4096));
    if (timeMs !== undefined && sinceMs !== undefined) isOld = timeMs < sinceMs;
    if (isOld) continue;
    if (hasTimestamps && timeMs !== undefined)
      yield Buffer.from(`${new Date(timeMs).toISOString()} `);
    yield line;
  }
}

/** Whole lines with their ends; the last one as it is. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(LINE_FEED);
      if (end === -1 && rest.length <= LINE_MAX_BYTES) break;
      const length = end === -1 ? LINE_MAX_BYTES : end + 1;
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
  }
  if (rest.length > 0) yield rest;
}
