const CONTEXT_LINES = 3;
/** Above this many pairs of lines, the changed middle is shown as replaced as a whole. */
const MAX_PAIRS = 4_000_000;

interface Edit {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** A unified diff of two texts; empty when they are equal. */
export function unifiedDiff(
  before: string,
  after: string,
  names: readonly [string, string],
): string {
  if (before === after) return "";
  const edits = editsBetween(linesOf(before), linesOf(after));
  return [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunks(edits)]
    .map((line) => `${line}\n`)
    .join("");
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start])
    start += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (text: string): Edit => ({ sign: " ", text });
  const middle = middleEdits(
    before.slice(start, before.length - tail),
    after.slice(start, after.length - tail),
  );
  return [
    ...before.slice(0, start).map(same),
    ...middle,
    ...before.slice(before.length - tail).map(same),
  ];
}

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const removed = before.map((text): Edit => ({ sign: "-", text }));
  const added = after.map((text): Edit => ({ sign: "+", text }));
  if (before.length * after.length > MAX_PAIRS) return [...removed, ...added];
  const common = commonLengths(before, after);
  const edits: Edit[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [removal, addition] = [removed[row], added[column]];
    if (removal !== undefined && addition !== undefined && removal.text === addition.text) {
      edits.push({ sign: " ", text: removal.text });
      row += 1;
      column += 1;
    } else if (removal !== undefined && (addition === undefined || down(common, row, column))) {
      edits.push(removal);
      row += 1;
    } else if (addition !== undefined) {
      edits.push(addition);
      column += 1;
    }
  }
  return edits;
}

function down(common: readonly Uint32Array[], row: number, column: number): boolean {
  return (common[row + 1]?.[column] ?? 0) >= (common[row]?.[column + 1] ?? 0);
}

/** Length of the longest common subsequence of what is left, by row and column. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row -= 1) {
    const [current, next] = [table[row], table[row + 1]];
    if (current === undefined || next === undefined) continue;
    for (let column = after.length - 1; column >= 0; column -= 1) {
      current[column] =
        before[row] === after[column]
          ? (next[column + 1] ?? 0) + 1
          : Math.max(next[column] ?? 0, current[column + 1] ?? 0);
    }
  }
  return table;
}

function hunks(edits: readonly Edit[]): string[] {
  const lines: string[] = [];
  let [beforeLine, afterLine] = [1, 1];
  let index = 0;
  while (index < edits.length) {
    const end = hunkEnd(edits, index);
    const first = edits.findIndex((edit, at) => at >= index && edit.sign !== " ");
    if (first === -1) break;
    const start = Math.max(index, first - CONTEXT_LINES);
    beforeLine += start - index;
    afterLine += start - index;
    const hunk = edits.slice(start, end);
    const counts = [
      hunk.filter(({ sign }) => sign !== "+").length,
      hunk.filter(({ sign }) => sign !== "-").length,
    ] as const;
    lines.push(`@@ -${range(beforeLine, counts[0])} +${range(afterLine, counts[1])} @@`);
    lines.push(...hunk.map(({ sign, text }) => sign + text));
    beforeLine += counts[0];
    afterLine += counts[1];
    index = end;
  }
  return lines;
}

/** Where the hunk that begins at or after `from` has had its context. */
function hunkEnd(edits: readonly Edit[], from: number): number {
  let last = -1;
  for (let index = from; index < edits.length; index += 1) {
    if (edits[index]?.sign !== " ") last = index;
    else if (last !== -1 && index - last > 2 * CONTEXT_LINES) break;
  }
  return last === -1 ? edits.length : Math.min(edits.length, last + 1 + CONTEXT_LINES);
}

function range(line: number, count: number): string {
  return count === 0 ? `${line - 1},0` : `${line},${count}`;
}
