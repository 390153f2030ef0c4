import { PortunixError } from "../../base/errors.ts";

/** What `NAME=VALUE` and `NAME-` ask for: null takes the pair away. */
export type PairChanges = ReadonlyMap<string, string | null>;

export interface WordsAndPairs {
  /** What comes before the first pair: the objects. */
  readonly words: readonly string[];
  readonly changes: PairChanges;
}

/** Tells the objects from the labels or annotations of a command line, as kubectl does. */
export function parsePairs(argv: readonly string[]): WordsAndPairs {
  const first = argv.findIndex((word, index) => word.includes("=") || isRemoval(word, index));
  const words = first === -1 ? argv : argv.slice(0, first);
  const changes = new Map<string, string | null>();
  for (const word of first === -1 ? [] : argv.slice(first)) {
    const at = word.indexOf("=");
    const isRemoved = at === -1 && word.endsWith("-") && word.length > 1;
    if (at <= 0 && !isRemoved)
      throw new PortunixError("BadRequest", `"${word}" must be NAME=VALUE, or NAME- to remove it`);
    const name = isRemoved ? word.slice(0, -1) : word.slice(0, at);
    if (changes.has(name))
      throw new PortunixError("BadRequest", `"${name}" is given twice; name each only once`);
    changes.set(name, isRemoved ? null : word.slice(at + 1));
  }
  return { words, changes };
}

/** The first word is always a type; no object's name ends with a dash. */
function isRemoval(word: string, index: number): boolean {
  return index > 0 && word.endsWith("-");
}
