import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGE_MANIFEST_FILE, type PackageManifest } from "../api/package-manifest.ts";
import { formatProblem } from "../api/manifest/problem.ts";
import { parsePackageManifest } from "../api/package-manifest-parse.ts";
import type { Clock } from "../base/clock.ts";
import { errnoOf, PortunixError } from "../base/errors.ts";
import { readFileBounded } from "../base/files.ts";
import { extractArchive } from "./archive.ts";
import type { PackageLimits } from "./limits.ts";
import { copyTree } from "./tree-copy.ts";
import type { TreeDigester } from "./tree-digest.ts";
import { isInside } from "./tree-walk.ts";

/** A package as it stands somewhere, read and checked. */
export interface PackageContent {
  readonly name: string;
  readonly version: string;
  /** `sha256:<hex>` of the tree. */
  readonly digest: string;
  readonly manifest: PackageManifest;
  /** Files, directories and links. */
  readonly entries: number;
  readonly bytes: number;
}

export interface PackageReaderOptions {
  readonly digester: TreeDigester;
  readonly limits: PackageLimits;
  readonly clock: Clock;
  /** Our own packages: a source may not hold them. */
  readonly storeDirectory: string;
  /** Calls `use` with an empty directory that goes when `use` has ended. */
  readonly withTemporary: <T>(use: (directory: string) => Promise<T>) => Promise<T>;
}

const ARCHIVE_NAME = /\.(tgz|tar\.gz)$/i;
const MAX_REMEMBERED = 512;
const MAX_FILE_NAME_BYTES = 255;
const MAX_FAULTS_SHOWN = 20;
/** An archive as young as this may change again without a trace in its times. */
const RACY_MS = 1000;

/** Reads packages where their authors keep them: directories with a plugin.yaml, and .tgz archives. */
export class PackageReader {
  readonly #options: PackageReaderOptions;
  readonly #directories = new Map<string, PackageContent>();
  /** By manifest file: the content that was refused last, and why. */
  readonly #refused = new Map<string, { readonly digest: string; readonly error: PortunixError }>();
  readonly #archives = new Map<
    string,
    { readonly signature: string; readonly content: PackageContent }
  >();

  constructor(options: PackageReaderOptions) {
    this.#options = options;
  }

  /**
   * Name, version and content of the package at an absolute path. Changes nothing.
   *
   * @throws {PortunixError} PackageNotFound: nothing there. PackageInvalid: it cannot be used, with
   * every fault of plugin.yaml as `file:line:column`. Conflict: it changed meanwhile.
   */
  async resolve(sourcePath: string, signal?: AbortSignal): Promise<PackageContent> {
    const { path, stats } = await locate(sourcePath);
    if (stats.isDirectory()) return this.#readDirectory(path, { shownAs: sourcePath, signal });
    const signature = `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
    const known = this.#archives.get(path);
    if (known?.signature === signature) return known.content;
    const content = await this.#options.withTemporary(async (directory) => {
      const root = await this.#extract(path, directory, signal);
      return this.#read(root, { shownAs: sourcePath, signal });
    });
    const isLasting = Number(stats.ctimeMs) < this.#options.clock.nowMs() - RACY_MS;
    if (isLasting) rememberIn(this.#archives, path, { signature, content });
    return content;
  }

  /** Brings the files of the package into an empty directory; gives the package's root in it. */
  async stage(sourcePath: string, target: string, signal?: AbortSignal): Promise<string> {
    const { path, stats } = await locate(sourcePath);
    if (!stats.isDirectory()) return this.#extract(path, target, signal);
    await this.#refuseOwnStore(path);
    await requireManifest(path, sourcePath);
    await copyTree(path, target, { limits: this.#options.limits, signal });
    return target;
  }

  async #readDirectory(
    path: string,
    { shownAs, signal }: { readonly shownAs: string; readonly signal?: AbortSignal | undefined },
  ): Promise<PackageContent> {
    await this.#refuseOwnStore(path);
    await requireManifest(path, shownAs);
    const content = await this.#read(path, { shownAs, signal, known: this.#directories.get(path) });
    rememberIn(this.#directories, path, content);
    return content;
  }

  /** Reads what lies in a directory of ours; nothing of it is remembered. */
  async readStaged(root: string, shownAs: string, signal?: AbortSignal): Promise<PackageContent> {
    try {
      return await this.#read(root, { shownAs, signal });
    } finally {
      this.#options.digester.forget(root);
    }
  }

  /** The digest of a tree of ours; only what looks changed since it was last read is read. */
  async digestOf(directory: string): Promise<string> {
    return (await this.#options.digester.digest(directory)).digest;
  }

  async readManifest(directory: string, shownAs: string): Promise<PackageManifest> {
    const text = await this.#readManifestText(directory, shownAs);
    return parseManifest(text, join(shownAs, PACKAGE_MANIFEST_FILE));
  }

  async #readManifestText(directory: string, shownAs: string): Promise<Buffer> {
    const { maxManifestBytes } = this.#options.limits;
    try {
      const text = await readFileBounded(join(directory, PACKAGE_MANIFEST_FILE), maxManifestBytes);
      if (text !== undefined) return text;
    } catch (thrown) {
      const { message } = PortunixError.from(thrown);
      throw new PortunixError("PackageInvalid", `package ${shownAs}: ${message}`, {
        cause: thrown,
      });
    }
    throw missingManifest(shownAs);
  }

  async #read(root: string, options: ReadOptions): Promise<PackageContent> {
    const { digester } = this.#options;
    const tree = await digester.digest(root, options.signal);
    if (options.known?.digest === tree.digest) return options.known;
    const file = join(options.shownAs, PACKAGE_MANIFEST_FILE);
    const text = await this.#readManifestText(root, options.shownAs);
    if (createHash("sha256").update(text).digest("hex") !== tree.files.get(PACKAGE_MANIFEST_FILE)) {
      throw new PortunixError("Conflict", `${file}: changed while it was read; it is read again`);
    }
    const { digest, entries, bytes } = tree;
    const manifest = this.#parse(text, { file, digest });
    const { name, version } = manifest;
    requireShortName(name, version, file);
    return { name, version, digest, manifest, entries, bytes };
  }

  /** A package that was refused is looked at again and again, and to read a bad manifest takes long. */
  #parse(text: Uint8Array, { file, digest }: { file: string; digest: string }): PackageManifest {
    const refused = this.#refused.get(file);
    if (refused?.digest === digest) throw refused.error;
    try {
      return parseManifest(text, file);
    } catch (thrown) {
      const error = PortunixError.from(thrown);
      rememberIn(this.#refused, file, { digest, error });
      throw error;
    }
  }

  async #extract(archive: string, target: string, signal?: AbortSignal): Promise<string> {
    return extractArchive(archive, target, { limits: this.#options.limits, signal });
  }

  async #refuseOwnStore(path: string): Promise<void> {
    const { storeDirectory } = this.#options;
    const store = await realpath(storeDirectory).catch(() => storeDirectory);
    if (!isInside(path, store)) return;
    throw new PortunixError(
      "PackageInvalid",
      `${path}: holds the installed packages of Portunix itself; name the directory of one package`,
    );
  }
}

interface ReadOptions {
  readonly shownAs: string;
  readonly signal: AbortSignal | undefined;
  /** What was there when it was last read. */
  readonly known?: PackageContent | undefined;
}

async function locate(
  sourcePath: string,
): Promise<{ readonly path: string; readonly stats: BigIntStats }> {
  try {
    const path = await realpath(sourcePath);
    const stats = await stat(path, { bigint: true });
    if (stats.isDirectory() || (stats.isFile() && ARCHIVE_NAME.test(sourcePath))) {
      return { path, stats };
    }
  } catch (thrown) {
    throw notFound(sourcePath, errnoOf(thrown) ?? String(thrown), thrown);
  }
  throw new PortunixError(
    "PackageInvalid",
    `${sourcePath}: neither a directory with a ${PACKAGE_MANIFEST_FILE} nor a .tgz archive`,
  );
}

function notFound(sourcePath: string, problem: string, cause: unknown): PortunixError {
  const text =
    problem === "ENOENT" || problem === "ENOTDIR"
      ? "no such file or directory; correct spec.source.path, which is relative to the manifest"
      : `cannot be reached (${problem}); let Portunix read it`;
  return new PortunixError("PackageNotFound", `package ${sourcePath}: ${text}`, { cause });
}

async function requireManifest(path: string, shownAs: string): Promise<void> {
  try {
    await stat(join(path, PACKAGE_MANIFEST_FILE));
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") throw missingManifest(shownAs);
    throw notFound(shownAs, errnoOf(thrown) ?? String(thrown), thrown);
  }
}

function missingManifest(shownAs: string): PortunixError {
  return new PortunixError(
    "PackageNotFound",
    `package ${shownAs}: holds no ${PACKAGE_MANIFEST_FILE}; name the directory that does`,
  );
}

function parseManifest(text: Uint8Array, file: string): PackageManifest {
  const result = parsePackageManifest(text, file);
  if ("manifest" in result) return result.manifest;
  const { problems } = result;
  const lines = problems.slice(0, MAX_FAULTS_SHOWN).map(formatProblem);
  const rest = problems.length - lines.length;
  const message = rest > 0 ? [...lines, `and ${rest} more`].join("; ") : lines.join("; ");
  const causes = problems.map((problem) => ({
    field: problem.path,
    reason: "FieldValueInvalid",
    message: problem.message,
  }));
  throw new PortunixError("PackageInvalid", message, { causes });
}

function requireShortName(name: string, version: string, file: string): void {
  if (Buffer.byteLength(packageDirectoryName(name, version)) <= MAX_FILE_NAME_BYTES) return;
  throw new PortunixError(
    "PackageInvalid",
    `${file}: name and version together are too long for a file name; shorten the version`,
  );
}

/** The architecture document's `installed/<name>-v<version>`. */
export function packageDirectoryName(name: string, version: string): string {
  return `${name}-v${version}`;
}

function rememberIn<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
