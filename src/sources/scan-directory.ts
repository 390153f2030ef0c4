import { createHash } from "node:crypto";
import { readdirSync, realpathSync, statSync, type BigIntStats, type Dirent } from "node:fs";
import { dirname, join, sep } from "node:path";
import { errnoOf } from "../base/errors.ts";
import type { SourceProblem } from "../api/source-snapshot.ts";
import { isIgnoredDirectory, isManifestName, isPackageManifestName } from "./file-names.ts";
import type { ScanLimits } from "./scan-limits.ts";

/** A manifest file as a scan sees it, without having read it. */
export interface ScannedFile {
  /** As the user would name it: under the watched directory, links not resolved. */
  readonly path: string;
  /** Where it really is. */
  readonly realPath: string;
  /** Differs whenever the content may: size, times in nanoseconds, inode, device. */
  readonly stamp: string;
  readonly bytes: number;
  /** Last change of content or inode, epoch ms. */
  readonly changedAtMs: number;
}

export interface DirectoryScan {
  /** Sorted by path. */
  readonly files: readonly ScannedFile[];
  readonly problems: readonly SourceProblem[];
  /** Why the scan does not show everything; empty when it does. */
  readonly incomplete: string;
  /** The directory itself, links resolved; undefined when there is none. */
  readonly realRoot: string | undefined;
  /** Directories inside of the root that only links lead to: to be watched as well. */
  readonly linkedDirectories: readonly string[];
  /** Equal for two scans that saw the same. */
  readonly fingerprint: string;
}

export interface ScanOptions {
  readonly root: string;
  readonly limits: ScanLimits;
  /** True when the file is a package manifest, so that its directory is a plugin's and holds no manifests. */
  readonly isPackageManifest: (file: ScannedFile) => boolean;
}

/**
 * Walks the directory once. Synchronous calls, since 10,000 asynchronous ones cost five times the
 * CPU; the event loop gets its turn every few hundred entries.
 */
export async function scanDirectory(options: ScanOptions): Promise<DirectoryScan> {
  const walk = new Walk(options);
  await walk.run();
  return walk.result();
}

/** The identity of what is at `path` now, links followed; undefined when nothing is. */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined;
  }
}

const ENTRIES_PER_TURN = 500;

interface Directory {
  readonly path: string;
  readonly realPath: string;
  readonly depth: number;
}

class Walk {
  readonly #options: ScanOptions;
  readonly #files: ScannedFile[] = [];
  readonly #problems: SourceProblem[] = [];
  readonly #reasons = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #queue: Directory[] = [];
  /** Links wait for the end, so that what is in the tree anyway is found under its own name. */
  readonly #links: Directory[] = [];
  readonly #linkedDirectories = new Set<string>();
  #realRoot: string | undefined;
  #entries = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { root } = this.#options;
    try {
      this.#realRoot = realpathSync(root);
      this.#queue.push({ path: root, realPath: this.#realRoot, depth: 0 });
    } catch (thrown) {
      this.#reasons.add(rootReason(root, thrown));
    }
    let turn = 0;
    for (;;) {
      const directory = this.#queue.shift();
      if (directory !== undefined) this.#visit(directory);
      else if (!this.#follow(this.#links.shift())) return;
      if (this.#entries - turn < ENTRIES_PER_TURN) continue;
      turn = this.#entries;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  result(): DirectoryScan {
    const files = this.#files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const incomplete = [...this.#reasons].slice(0, 3).join("; ");
    const hash = createHash("sha256").update(`${this.#realRoot}\0${incomplete}\0`);
    for (const { path, realPath, stamp } of files) hash.update(`${path}\0${realPath}\0${stamp}\0`);
    for (const { file, message } of this.#problems) hash.update(`${file}\0${message}\0`);
    return {
      files,
      problems: this.#problems,
      incomplete,
      realRoot: this.#realRoot,
      linkedDirectories: [...this.#linkedDirectories],
      fingerprint: hash.digest("base64"),
    };
  }

  #visit(directory: Directory): void {
    if (this.#seen.has(directory.realPath)) return;
    this.#seen.add(directory.realPath);
    if (directory.depth > this.#options.limits.maxDepth) {
      this.#reasons.add(`${directory.path} is more than ${directory.depth - 1} directories deep`);
      return;
    }
    const entries = this.#read(directory);
    if (directory.depth > 0 && this.#isPackage(directory, entries)) return;
    for (const entry of entries) this.#visitEntry(directory, entry);
  }

  #read({ path, realPath, depth }: Directory): Dirent[] {
    try {
      const entries = readdirSync(realPath, { withFileTypes: true });
      this.#entries += entries.length;
      if (this.#entries <= this.#options.limits.maxEntries) return entries;
      this.#reasons.add(`it has more than ${this.#options.limits.maxEntries} directory entries`);
      return [];
    } catch (thrown) {
      this.#reasons.add(depth === 0 ? rootReason(path, thrown) : cannotRead(path, thrown));
      return [];
    }
  }

  #isPackage(directory: Directory, entries: readonly Dirent[]): boolean {
    return entries.some((entry) => {
      if (!entry.isFile() || !isPackageManifestName(entry.name)) return false;
      const file = this.#stat(
        join(directory.path, entry.name),
        join(directory.realPath, entry.name),
      );
      return file !== undefined && this.#options.isPackageManifest(file);
    });
  }

  #visitEntry({ path, realPath, depth }: Directory, entry: Dirent): void {
    const { name } = entry;
    const child = { path: join(path, name), realPath: join(realPath, name), depth: depth + 1 };
    if (entry.isDirectory()) {
      if (!isIgnoredDirectory(name)) this.#queue.push(child);
    } else if (entry.isSymbolicLink()) {
      if (!isIgnoredDirectory(name)) this.#links.push(child);
    } else if (entry.isFile() && isManifestName(name)) {
      this.#addFile(child);
    }
  }

  #addFile({ path, realPath }: Directory): void {
    if (this.#seen.has(realPath)) return;
    this.#seen.add(realPath);
    if (this.#files.length >= this.#options.limits.maxFiles) {
      this.#reasons.add(`it has more than ${this.#options.limits.maxFiles} manifest files`);
      return;
    }
    const file = this.#stat(path, realPath);
    if (file !== undefined) this.#files.push(file);
  }

  #stat(path: string, realPath: string): ScannedFile | undefined {
    try {
      return toScannedFile(path, realPath, statSync(realPath, { bigint: true }));
    } catch (thrown) {
      this.#reasons.add(cannotRead(path, thrown));
      return undefined;
    }
  }

  /** @returns False when there was no link left. */
  #follow(link: Directory | undefined): boolean {
    if (link === undefined) return false;
    const isManifest = isManifestName(link.path.slice(link.path.lastIndexOf(sep) + 1));
    try {
      const realPath = realpathSync(link.path);
      const stats = statSync(realPath);
      if (!stats.isDirectory() && !(stats.isFile() && isManifest)) return true;
      if (!this.#isInside(realPath)) {
        this.#problem(link.path, `is a link to ${realPath}, outside of the watched directory`);
      } else if (stats.isDirectory()) {
        this.#linkedDirectories.add(realPath);
        this.#queue.push({ ...link, realPath });
      } else {
        this.#linkedDirectories.add(dirname(realPath));
        this.#addFile({ ...link, realPath });
      }
    } catch (thrown) {
      const problem = `is a link that leads nowhere (${errnoOf(thrown)})`;
      // What it led to may have been a directory: nothing may be concluded from what is not seen.
      if (isManifest) this.#problem(link.path, problem);
      else this.#reasons.add(`${link.path} ${problem}`);
    }
    return true;
  }

  #isInside(realPath: string): boolean {
    const root = this.#realRoot ?? "";
    return realPath === root || realPath.startsWith(root === sep ? sep : root + sep);
  }

  #problem(file: string, message: string): void {
    this.#problems.push({ ref: undefined, file, line: 1, column: 1, message });
  }
}

export function toScannedFile(path: string, realPath: string, stats: BigIntStats): ScannedFile {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return {
    path,
    realPath,
    stamp: `${size}:${mtimeNs}:${ctimeNs}:${ino}:${dev}`,
    bytes: Number(size),
    changedAtMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
  };
}

function rootReason(root: string, thrown: unknown): string {
  const code = errnoOf(thrown);
  if (code === "ENOENT") return `${root} does not exist`;
  if (code === "ENOTDIR") return `${root} is not a directory`;
  return cannotRead(root, thrown);
}

function cannotRead(path: string, thrown: unknown): string {
  return `${path} cannot be read (${errnoOf(thrown) ?? String(thrown)})`;
}
