/** A stretch of a file that is parsed by itself. */
export interface Chunk {
  readonly text: string;
  /** Where it begins in the file. */
  readonly offset: number;
}

/**
 * Cuts a YAML stream at its `---` lines: parsing the pieces takes less time and memory than parsing
 * the whole, and a fault in one leaves the others alone. A `---` at the start of a line always ends
 * a document, even inside of quotes and block scalars (YAML 1.2, 9.1.2). Directives stay with the
 * document they precede. A piece may hold several documents when they are parted by `...`.
 */
export function splitDocuments(text: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  let lastMarker = 0;
  for (const { index } of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    const holdsDirective = /^%/m.test(text.slice(lastMarker, index));
    lastMarker = index;
    if (index === start || holdsDirective) continue;
    chunks.push({ text: text.slice(start, index), offset: start });
    start = index;
  }
  return [...chunks, { text: text.slice(start), offset: start }];
}
