import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ManifestDocument } from "../../api/manifest/manifest-document.ts";
import { jitterOf } from "../../base/backoff.ts";
import { BUILD_ID } from "../package-facts.ts";

/** A document without its parser: what applying it needs as long as nothing is wrong with it. */
export type ParsedDocument = Pick<ManifestDocument, "ref" | "object" | "line" | "column">;

/**
 * What manifests parsed to, kept in the home. To parse a hundred documents takes a fresh process
 * longer than all else that a no-op apply does. An entry counts only for the very same text and
 * build. Secrets are never kept.
 */
export interface ParseCache {
  get(text: string): readonly ParsedDocument[] | undefined;
  put(text: string, documents: readonly ParsedDocument[]): void;
}

interface Entry {
  readonly build: string;
  readonly text: string;
  readonly documents: readonly ParsedDocument[];
}

const SLOTS = 64;
/** Below this parsing is as fast. */
const MIN_CHARS = 4096;
const MAX_CHARS = 1024 * 1024;

/** @param homeDirectory - Where there is none yet, nothing is kept. */
export function openParseCache(homeDirectory: string): ParseCache {
  const directory = join(homeDirectory, "cache", "manifests");
  const fileOf = (text: string) => join(directory, `${Math.floor(jitterOf(text) * SLOTS)}.json`);
  return {
    get(text) {
      if (!isWorthwhile(text)) return undefined;
      const entry = readEntry(fileOf(text));
      return entry?.build === BUILD_ID && entry.text === text ? entry.documents : undefined;
    },
    put(text, documents) {
      const hasSecret = documents.some(({ ref }) => ref.kind === "Secret");
      if (!isWorthwhile(text) || hasSecret || !existsSync(homeDirectory)) return;
      const kept = documents.map(({ ref, object, line, column }) => ({
        ref,
        object,
        line,
        column,
      }));
      const entry: Entry = { build: BUILD_ID, text, documents: kept };
      tryToWrite(directory, fileOf(text), JSON.stringify(entry));
    },
  };
}

function isWorthwhile(text: string): boolean {
  return text.length >= MIN_CHARS && text.length <= MAX_CHARS;
}

function readEntry(file: string): Entry | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Entry;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written is no reason to fail. */
function tryToWrite(directory: string, file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // Read-only or full: parsed again the next time.
  }
}
