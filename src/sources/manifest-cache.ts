import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { errnoOf, PortunixError } from "../base/errors.ts";
import type { SourceDocument, SourceProblem } from "../api/source-snapshot.ts";
import { toScannedFile, type ScannedFile } from "./scan-directory.ts";

/** What one file says. */
export interface ParsedFile {
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly SourceProblem[];
}

/** @param file - Absolute; relative paths in the text are relative to its directory. */
export type ParseFile = (text: Uint8Array, file: string) => ParsedFile;

export type LoadedFile =
  | {
      readonly state: "read";
      readonly parsed: ParsedFile;
      readonly digest: string;
      /** Changed so shortly before the reading that a later change may have the same stamp. */
      readonly isRacy: boolean;
    }
  /** It has changed since the scan, or looks half-written: scan again. */
  | { readonly state: "changing" }
  | { readonly state: "unreadable"; readonly reason: string };

interface CacheEntry {
  readonly stamp: string;
  readonly digest: string;
  readonly parsed: ParsedFile;
  readonly isRacy: boolean;
}

/** Kernels stamp files with a clock that ticks every few milliseconds. */
const STAMP_GRAIN_MS = 20;
/** A file that ends without a line break is given so long to grow one. */
const CUT_GRACE_MS = 100;
const PEEK_BYTES = 65_536;

/** Files as they were last read: one whose stamp is the same is not read, one whose content is the same not parsed. */
export class ManifestCache {
  readonly #parse: ParseFile;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #entries = new Map<string, CacheEntry>();
  #packages = new Map<string, { readonly stamp: string; readonly isPackage: boolean }>();

  constructor(parse: ParseFile, options: { readonly clock: Clock; readonly maxFileBytes: number }) {
    this.#parse = parse;
    this.#clock = options.clock;
    this.#maxBytes = options.maxFileBytes;
  }

  load(file: ScannedFile): LoadedFile {
    const cached = this.#entries.get(file.path);
    if (cached !== undefined && cached.stamp === file.stamp && !cached.isRacy) {
      return { state: "read", ...cached };
    }
    if (file.bytes > this.#maxBytes) return this.#tooLarge(file);
    const content = readScanned(file);
    if (!(content instanceof Uint8Array)) return content;
    const nowMs = this.#clock.nowMs();
    if (cached === undefined || cached.stamp !== file.stamp) {
      if (looksCut(content) && isWithin(nowMs - file.changedAtMs, CUT_GRACE_MS)) {
        return { state: "changing" };
      }
    }
    const digest = createHash("sha256").update(content).digest("hex");
    const parsed = cached?.digest === digest ? cached.parsed : this.#parsed(content, file.path);
    const isRacy = isWithin(nowMs - file.changedAtMs, STAMP_GRAIN_MS);
    this.#entries.set(file.path, { stamp: file.stamp, digest, parsed, isRacy });
    return { state: "read", parsed, digest, isRacy };
  }

  /** True when the file has neither `kind` nor `apiVersion` at its top: what an author ships, not a resource. */
  isPackageManifest(file: ScannedFile): boolean {
    const cached = this.#packages.get(file.path);
    if (cached?.stamp === file.stamp) return cached.isPackage;
    const content = file.bytes > this.#maxBytes ? undefined : readScanned(file);
    if (!(content instanceof Uint8Array)) return false;
    const text = Buffer.from(content.subarray(0, PEEK_BYTES)).toString("utf8");
    const isPackage =
      text.trim() !== "" && !/^(kind|apiVersion)\s*:|"(kind|apiVersion)"\s*:/m.test(text);
    this.#packages.set(file.path, { stamp: file.stamp, isPackage });
    return isPackage;
  }

  /** Forgets all files but these. */
  retain(files: readonly ScannedFile[]): void {
    const paths = new Set(files.map(({ path }) => path));
    if (this.#entries.size <= paths.size && this.#packages.size <= PACKAGES_MAX) return;
    this.#entries = new Map([...this.#entries].filter(([path]) => paths.has(path)));
    if (this.#packages.size > PACKAGES_MAX) this.#packages = new Map();
  }

  #tooLarge({ path, bytes, stamp }: ScannedFile): LoadedFile {
    const message =
      `the file has ${bytes} bytes, more than the ${this.#maxBytes} that a manifest may have; ` +
      "split it";
    return { state: "read", parsed: faulty(path, message), digest: stamp, isRacy: false };
  }

  /** One file's fault, even one of the parser, is never that of the others. */
  #parsed(content: Uint8Array, path: string): ParsedFile {
    try {
      return this.#parse(content, path);
    } catch (thrown) {
      return faulty(path, `the file cannot be parsed: ${PortunixError.from(thrown).message}`);
    }
  }
}

const PACKAGES_MAX = 10_000;

/** Reads what the scan saw, and nothing else: the stamp must be the same before and after. */
function readScanned(file: ScannedFile): Uint8Array | Exclude<LoadedFile, { state: "read" }> {
  let descriptor: number | undefined;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = openSync(file.realPath, flags);
    if (stampOf(file, descriptor) !== file.stamp) return { state: "changing" };
    const content = readFileSync(descriptor);
    return stampOf(file, descriptor) === file.stamp ? content : { state: "changing" };
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === "ENOENT" || code === "ELOOP") return { state: "changing" };
    return { state: "unreadable", reason: `${file.path} cannot be read (${code ?? "unknown"})` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function stampOf(file: ScannedFile, descriptor: number): string {
  return toScannedFile(file.path, file.realPath, fstatSync(descriptor, { bigint: true })).stamp;
}

function faulty(file: string, message: string): ParsedFile {
  return { documents: [], problems: [{ ref: undefined, file, line: 1, column: 1, message }] };
}

function looksCut(content: Uint8Array): boolean {
  const last = content.at(-1);
  return last !== 0x0a && last !== 0x0d;
}

/** False for times in the future, so that a clock set back holds nothing up. */
function isWithin(elapsedMs: number, limitMs: number): boolean {
  return elapsedMs >= -limitMs && elapsedMs < limitMs;
}
