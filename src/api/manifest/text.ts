/** The largest manifest that is read; far above what a person writes. */
export const MANIFEST_MAX_BYTES = 4 * 1024 * 1024;

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the line and column of an offset into `text`, both from 1. */
export type PositionOf = (offset: number) => Position;

export type DecodedText =
  | { readonly text: string }
  | { readonly fault: string; readonly position: Position };

/** Bytes or text as text without a byte order mark, or why it cannot be one. */
export function decodeText(input: string | Uint8Array): DecodedText {
  if (input.length > MANIFEST_MAX_BYTES)
    return {
      fault: `larger than ${MANIFEST_MAX_BYTES / 1024 / 1024} MiB: split it into several files`,
      position: { line: 1, column: 1 },
    };
  if (typeof input === "string") return { text: input.replace(/^\uFEFF/, "") };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(input) };
  } catch {
    return { fault: encodingFault(input), position: positionOfBadByte(input) };
  }
}

function encodingFault(bytes: Uint8Array): string {
  const isUtf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return isUtf16 ? "is UTF-16: save it as UTF-8" : "is not UTF-8: save it as UTF-8";
}

/** The first byte that is not UTF-8 becomes U+FFFD when decoded with forgiveness. */
function positionOfBadByte(bytes: Uint8Array): Position {
  const text = new TextDecoder("utf-8").decode(bytes);
  const at = text.indexOf("\uFFFD");
  return createPositions(text)(Math.max(0, at));
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]|\p{Surrogate}/u;

/** The first character that YAML does not allow, by offset; undefined when there is none. */
export function forbiddenCharacter(
  text: string,
): { readonly offset: number; readonly message: string } | undefined {
  const found = FORBIDDEN.exec(text);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0);
  const hex = code.toString(16).toUpperCase().padStart(4, "0");
  const name = code === 0 ? "a NUL character" : `the character U+${hex}`;
  return { offset: found.index, message: `holds ${name}, which YAML does not allow: is it text?` };
}

export function createPositions(text: string): PositionOf {
  let lineStarts: readonly number[] | undefined;
  return (offset) => {
    lineStarts ??= findLineStarts(text);
    const line = lastAtMost(lineStarts, offset);
    return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
  };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the last of the rising `values` that is at most `limit`. */
function lastAtMost(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((values[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
