import { toFieldPath, type PathSegment } from "../field-path.ts";
import { composeYaml, NestedTooDeep, type YamlDocument } from "./compose.ts";
import { nodeOffset } from "./node-offset.ts";
import { readValue, type TextFault } from "./read-value.ts";
import { splitDocuments, type Chunk } from "./split-documents.ts";
import {
  createPositions,
  decodeText,
  forbiddenCharacter,
  type Position,
  type PositionOf,
} from "./text.ts";

/** Each costs a parser of its own, so that a file of nothing but `---` would take minutes. */
const MAX_DOCUMENTS = 25_000;

/** A fault of a document's text, where a person finds it. */
export interface LocatedFault extends Position {
  readonly path: string;
  readonly message: string;
}

/** One document of a file. */
export interface ReadDocument {
  /** Undefined for a document without content. With faults: as much as could be read. */
  readonly value: unknown;
  readonly faults: readonly LocatedFault[];
  /** Where its content begins. */
  readonly start: Position;
  /** The text it is part of. */
  readonly text: string;
  /** Where a field stands; parses the text anew when first asked. */
  readonly locate: (path: readonly PathSegment[], part?: "key" | "value") => Position;
}

/**
 * Reads YAML or JSON text into plain values. Whatever is wrong is a fault of the document it is in:
 * this never throws, never runs long, and a fault in one document leaves the others alone.
 */
export function readDocuments(input: string | Uint8Array): readonly ReadDocument[] {
  const decoded = decodeText(input);
  if ("fault" in decoded) return [unreadable(decoded.position, decoded.fault)];
  const positionOf = createPositions(decoded.text);
  const chunks = splitDocuments(spacedJson(decoded.text)).filter(hasContent);
  const beyond = chunks[MAX_DOCUMENTS];
  if (beyond !== undefined) {
    const message = `more than ${MAX_DOCUMENTS} documents: split it into several files`;
    return [unreadable(positionOf(beyond.offset), message)];
  }
  return chunks.flatMap((chunk) => readChunk(chunk, positionOf));
}

/** Whether there is more than comments, blank lines and the `---`. */
function hasContent({ text }: Chunk): boolean {
  return /^(?!---[ \t]*\r?$)[ \t]*[^\s#]/m.test(text);
}

function unreadable(position: Position, message: string, text = ""): ReadDocument {
  const faults = [{ ...position, path: "", message }];
  return { value: undefined, faults, start: position, text, locate: () => position };
}

/** JSON may be indented by tabs, which YAML forbids. Its strings hold none, so each can be a space. */
function spacedJson(text: string): string {
  if (!text.includes("\t") || !/^\s*[[{]/.test(text)) return text;
  try {
    JSON.parse(text);
    return text.replaceAll("\t", " ");
  } catch {
    return text;
  }
}

function readChunk(chunk: Chunk, positionOf: PositionOf): readonly ReadDocument[] {
  const at = (offset: number) => positionOf(chunk.offset + offset);
  const character = forbiddenCharacter(chunk.text);
  if (character !== undefined)
    return [unreadable(at(character.offset), character.message, chunk.text)];
  try {
    // Kept for the first fault that asks where it is; parsed documents are many times their text.
    let parsed: readonly YamlDocument[] | undefined;
    return composeYaml(chunk.text).map((document, index) => ({
      ...readDocument(document, at),
      text: chunk.text,
      locate: (path, part = "value") => {
        parsed ??= composeYaml(chunk.text);
        const found = parsed[index];
        return at(found === undefined ? 0 : nodeOffset(found, path, part));
      },
    }));
  } catch (thrown) {
    const offset = thrown instanceof NestedTooDeep ? thrown.offset : 0;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return [unreadable(at(offset), message, chunk.text)];
  }
}

function readDocument(
  document: YamlDocument,
  at: PositionOf,
): Pick<ReadDocument, "value" | "faults" | "start"> {
  const { value, faults } = readValue(document);
  // One mistake often makes the parser stumble many times over: its first word is the one to hear.
  const syntax = [...document.errors, ...document.warnings]
    .slice(0, 1)
    .map(
      ({ pos, message }): TextFault => ({ offset: pos[0], path: [], message: inWords(message) }),
    );
  return {
    value: value ?? undefined,
    start: at(document.contents?.range?.[0] ?? 0),
    faults: [...syntax, ...faults].map(({ offset, path, message }) => ({
      ...at(offset),
      path: toFieldPath(path),
      message,
    })),
  };
}

function inWords(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
