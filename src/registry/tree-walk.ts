import type { BigIntStats } from "node:fs";
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { errnoOf, PortunixError } from "../base/errors.ts";
import type { PackageLimits } from "./limits.ts";

export type TreeEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly isExecutable: boolean;
      readonly size: number;
      readonly stats: BigIntStats;
    };

/** Left out wherever it stands: it changes with every fetch, and belongs to no package. */
const IGNORED_NAME = ".git";
const SETUID_OR_SETGID = 0o6000n;
const ANY_EXECUTE = 0o111n;
/** What a directory entry that is not UTF-8 is read as. */
const REPLACEMENT_CHARACTER = "\uFFFD";

/**
 * Everything below a directory, sorted by path, the directory itself left out. Nothing is read and
 * no link is followed.
 *
 * @throws {PortunixError} PackageInvalid: a device, FIFO, socket or setuid file, a link that leads
 * out of the tree, a name that is not UTF-8, or more than the limits allow. Conflict: the tree
 * changed meanwhile.
 */
export async function walkTree(
  root: string,
  limits: PackageLimits,
  signal?: AbortSignal,
): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const waiting: { readonly path: string; readonly depth: number }[] = [{ path: "", depth: 0 }];
  let bytes = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal?.throwIfAborted();
    const names = await readdir(join(root, next.path)).catch(rethrowAsChanged);
    if (entries.length + names.length > limits.maxEntries) throw tooMany(root, limits);
    for (const name of names) {
      if (name === IGNORED_NAME) continue;
      const entry = await readEntry(root, next.path === "" ? name : `${next.path}/${name}`);
      entries.push(entry);
      if (entry.kind === "file") bytes += entry.size;
      if (bytes > limits.maxBytes) throw tooLarge(root, limits);
      if (entry.kind !== "directory") continue;
      if (next.depth + 1 > limits.maxDepth) throw tooDeep(root, entry.path, limits);
      waiting.push({ path: entry.path, depth: next.depth + 1 });
    }
  }
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function readEntry(root: string, path: string): Promise<TreeEntry> {
  const absolute = join(root, path);
  if (path.includes(REPLACEMENT_CHARACTER)) {
    throw invalid(absolute, "its name is not UTF-8; rename it");
  }
  const stats = await lstat(absolute, { bigint: true }).catch(rethrowAsChanged);
  if (stats.isDirectory()) return { kind: "directory", path };
  if (stats.isSymbolicLink()) return { kind: "link", path, target: await readTarget(root, path) };
  if (!stats.isFile()) {
    throw invalid(absolute, "a device, FIFO or socket; a package may hold only files and links");
  }
  if ((stats.mode & SETUID_OR_SETGID) !== 0n) {
    throw invalid(absolute, "setuid or setgid; take the bit off with chmod ug-s");
  }
  const isExecutable = (stats.mode & ANY_EXECUTE) !== 0n;
  return { kind: "file", path, isExecutable, size: Number(stats.size), stats };
}

/** A link is kept only when it stays in the tree, by its text and by where it really leads. */
async function readTarget(root: string, path: string): Promise<string> {
  const absolute = join(root, path);
  const target = await readlink(absolute).catch(rethrowAsChanged);
  const reason = `a link to ${target}, which leads out of the package; make it relative, and let it stay inside`;
  if (isAbsolute(target) || !isInside(root, join(dirname(absolute), target))) {
    throw invalid(absolute, reason);
  }
  try {
    const [realRoot, realTarget] = await Promise.all([realpath(root), realpath(absolute)]);
    if (!isInside(realRoot, realTarget)) throw invalid(absolute, reason);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === "ELOOP") throw invalid(absolute, "a link that leads in a circle; remove it");
    // A dangling link points to nothing, so to nothing outside either.
    if (code !== "ENOENT" && code !== "ENOTDIR") throw thrown;
  }
  return target;
}

/** Whether `path` is `directory` or below it, by the text of both. */
export function isInside(directory: string, path: string): boolean {
  const steps = relative(directory, path);
  return steps !== ".." && !steps.startsWith(`..${sep}`) && !isAbsolute(steps);
}

function rethrowAsChanged(thrown: unknown): never {
  const code = errnoOf(thrown);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EINVAL") {
    throw new PortunixError("Conflict", "the package changed while it was read; it is read again", {
      cause: thrown,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PortunixError("PackageInvalid", `${message}; make the package readable`, {
      cause: thrown,
    });
  }
  throw thrown;
}

function invalid(path: string, problem: string): PortunixError {
  return new PortunixError("PackageInvalid", `${path}: ${problem}`);
}

function tooMany(root: string, { maxEntries }: PackageLimits): PortunixError {
  return invalid(root, `more than ${maxEntries} files and directories; leave out what is not run`);
}

function tooLarge(root: string, { maxBytes }: PackageLimits): PortunixError {
  return invalid(root, `more than ${maxBytes} bytes; leave out what is not run`);
}

function tooDeep(root: string, path: string, { maxDepth }: PackageLimits): PortunixError {
  return invalid(`${root}/${path}`, `more than ${maxDepth} directories deep`);
}
