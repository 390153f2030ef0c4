import { Composer, Lexer, Parser, type Document, type ParsedNode } from "yaml";

/** Levels of syntax, about two for each level of data. The composer recurses once for each. */
const SYNTAX_MAX_DEPTH = 200;

/** Says that a text is nested too deep to be looked at further. */
export class NestedTooDeep extends Error {
  override readonly name = "NestedTooDeep";
  readonly offset: number;

  constructor(offset: number) {
    super("nested too deep");
    this.offset = offset;
  }
}

export type YamlDocument = Document<ParsedNode>;

/**
 * Parses YAML into documents that keep their positions; faults of syntax are in `errors`.
 *
 * YAML 1.2's core schema: kubectl reads 1.1, where `country: no` is false and `22:22` a number.
 * Those surprises are not repeated here; a file that quotes such words means the same to both.
 * Duplicate keys are left for the reader to find: the composer's own search is quadratic.
 *
 * @throws {NestedTooDeep} Before the composer, which recurses, could overflow the stack: that can
 *   end the whole process, since V8 does not survive it inside of a regular expression.
 */
export function composeYaml(text: string): readonly YamlDocument[] {
  const composer = new Composer({
    schema: "core",
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  return [...composer.compose(tokens(text), false, text.length)] as YamlDocument[];
}

function* tokens(text: string) {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > SYNTAX_MAX_DEPTH) throw new NestedTooDeep(parser.offset);
  }
  yield* parser.end();
}
