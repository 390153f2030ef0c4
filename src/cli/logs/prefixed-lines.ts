const LINE_FEED = 0x0a;

/** Each line, whole, behind a prefix; the last one also where its end is missing. */
export async function* prefixedLines(
  chunks: AsyncIterable<Buffer>,
  prefix: string,
): AsyncGenerator<Buffer> {
  const start = Buffer.from(prefix);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
      yield Buffer.concat([start, rest.subarray(0, end + 1)]);
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield Buffer.concat([start, rest, Buffer.from("\n")]);
}
