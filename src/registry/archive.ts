import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type ReadEntry, Unpack } from "tar";
import { PACKAGE_MANIFEST_FILE } from "../api/package-manifest.ts";
import { errnoOf, PortunixError } from "../base/errors.ts";
import type { PackageLimits } from "./limits.ts";

/** Beside its files an archive holds a header for each, padding, and zeros at its end. */
const OVERHEAD_PER_ENTRY = 4096;
const OVERHEAD = 1024 * 1024;
const MAX_PATH_BYTES = 4096;
const SETUID_OR_SETGID = 0o6000;
const ALLOWED_TYPES: ReadonlySet<string> = new Set([
  "File",
  "OldFile",
  "ContiguousFile",
  "Directory",
]);

/**
 * Unpacks a .tgz into an empty directory and gives the directory that holds plugin.yaml: this one,
 * or the single directory in it. An archive that holds anything but plain files and directories
 * below itself, or more than the limits allow, is refused as a whole.
 *
 * @throws {PortunixError} PackageInvalid.
 */
export async function extractArchive(
  archive: string,
  target: string,
  options: { readonly limits: PackageLimits; readonly signal: AbortSignal | undefined },
): Promise<string> {
  const { limits, signal } = options;
  const { size } = await lstat(archive);
  if (size > limits.maxArchiveBytes) {
    throw invalid(archive, `larger than ${limits.maxArchiveBytes} bytes`);
  }
  const check = new EntryCheck(archive, limits);
  const unpack = new Unpack({
    cwd: target,
    strict: true,
    preserveOwner: false,
    noMtime: true,
    processUmask: 0o022,
    maxDepth: limits.maxDepth,
    filter: (path, entry) => check.accept(path, entry as ReadEntry),
  });
  const bound = limits.maxBytes + limits.maxEntries * OVERHEAD_PER_ENTRY + OVERHEAD;
  try {
    await pipeline(
      createReadStream(archive),
      createGunzip(),
      countingStream(bound, () => check.refusal),
      unpack as unknown as NodeJS.WritableStream,
      signal === undefined ? {} : { signal },
    );
  } catch (thrown) {
    signal?.throwIfAborted();
    throw check.refusal ?? toInvalid(archive, thrown);
  }
  if (check.refusal !== undefined) throw check.refusal;
  return packageRoot(target);
}

/** Looks at every header before anything of it is written. */
class EntryCheck {
  readonly #archive: string;
  readonly #limits: PackageLimits;
  #entries = 0;
  #bytes = 0;
  /** Why the archive is refused, once it is. */
  refusal: PortunixError | undefined;

  constructor(archive: string, limits: PackageLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  accept(path: string, entry: ReadEntry): boolean {
    if (this.refusal !== undefined) return false;
    this.#entries += 1;
    this.#bytes += entry.size;
    const problem = this.#problemOf(path, entry);
    if (problem !== undefined) this.refusal = invalid(this.#archive, problem);
    return problem === undefined;
  }

  #problemOf(path: string, entry: ReadEntry): string | undefined {
    const name = JSON.stringify(path.slice(0, 200));
    if (this.#entries > this.#limits.maxEntries)
      return `more than ${this.#limits.maxEntries} files`;
    if (this.#bytes > this.#limits.maxBytes)
      return `more than ${this.#limits.maxBytes} bytes unpacked`;
    if (!ALLOWED_TYPES.has(entry.type)) {
      return `${name} is a ${entry.type}; an archive may hold only files and directories`;
    }
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `${name}... is too long a path`;
    if (path.includes("\0") || path.includes("\\")) return `${name} is not a portable path`;
    if (path.startsWith("/")) return `${name} is an absolute path`;
    if (path.split("/").includes("..")) return `${name} leads out of the archive`;
    if (((entry.mode ?? 0) & SETUID_OR_SETGID) !== 0) return `${name} is setuid or setgid`;
    return undefined;
  }
}

/** Ends a bomb: what comes out of the decompressor is counted, not believed. */
function countingStream(maxBytes: number, refusal: () => PortunixError | undefined): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const refused = refusal();
      if (refused !== undefined) done(refused);
      else if (bytes > maxBytes) done(new Error(`more than ${maxBytes} bytes when unpacked`));
      else done(null, chunk);
    },
  });
}

async function packageRoot(directory: string): Promise<string> {
  const names = await readdir(directory);
  const [only] = names;
  if (names.includes(PACKAGE_MANIFEST_FILE) || only === undefined || names.length > 1) {
    return directory;
  }
  const inner = join(directory, only);
  return (await lstat(inner)).isDirectory() ? inner : directory;
}

function toInvalid(archive: string, thrown: unknown): unknown {
  const code = errnoOf(thrown) ?? "";
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EIO") return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PortunixError(
    "PackageInvalid",
    `${archive}: not a sound .tgz archive: ${message}; pack it again with tar -czf`,
    { cause: thrown },
  );
}

function invalid(archive: string, problem: string): PortunixError {
  return new PortunixError("PackageInvalid", `${archive}: ${problem}; nothing of it was installed`);
}
