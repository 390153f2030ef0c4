import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, readlink, rename, rm, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { syncDirectory } from "../base/files.ts";
import type { PackageLimits } from "./limits.ts";
import { sealTree } from "./tree-copy.ts";
import { walkTree } from "./tree-walk.ts";

const STORE = ".store";
const TEMPORARY = ".tmp-";
const TRASH = ".trash-";
const ENTRY = /^sha256-[0-9a-f]{64}$/;

/**
 * `installed/`: the trees in `.store/sha256-<hex>`, each whole or not there at all, and a link
 * `<name>-v<version>` for each version.
 */
export class PackageStore {
  readonly #installed: string;
  readonly #limits: PackageLimits;

  constructor(installedDirectory: string, limits: PackageLimits) {
    this.#installed = installedDirectory;
    this.#limits = limits;
  }

  get directory(): string {
    return join(this.#installed, STORE);
  }

  /** Makes the directories, and removes what interrupted installations and removals have left. */
  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.directory)) {
      if (name.startsWith(TEMPORARY) || name.startsWith(TRASH)) {
        await removeTree(join(this.directory, name));
      }
    }
    for (const name of await readdir(this.#installed)) {
      if (name.startsWith(TEMPORARY)) await removeTree(join(this.#installed, name));
    }
  }

  directoryOf(digest: string): string {
    return join(this.directory, digest.replace(":", "-"));
  }

  async withTemporary<T>(use: (directory: string) => Promise<T>): Promise<T> {
    const directory = join(this.directory, uniqueName(TEMPORARY));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    try {
      return await use(directory);
    } finally {
      await removeTree(directory);
    }
  }

  /** The digests by which trees are kept. */
  async digests(): Promise<string[]> {
    const names = await readdir(this.directory);
    return names.filter((name) => ENTRY.test(name)).map((name) => name.replace("-", ":"));
  }

  /** Whether the tree is there and as large as it was when it was installed. Reads no file. */
  async isWhole(
    digest: string,
    expected: { readonly entries: number; readonly bytes: number },
  ): Promise<boolean> {
    const directory = this.directoryOf(digest);
    try {
      if (!(await lstat(directory)).isDirectory()) return false;
      const entries = await walkTree(directory, this.#limits);
      const bytes = entries.reduce(
        (sum, entry) => sum + (entry.kind === "file" ? entry.size : 0),
        0,
      );
      return entries.length === expected.entries && bytes === expected.bytes;
    } catch {
      return false;
    }
  }

  /** Puts a staged tree in its place for good; a damaged one there makes room. */
  async publish(root: string, digest: string): Promise<void> {
    await sealTree(root, this.#limits);
    const target = this.directoryOf(digest);
    await this.discard(digest);
    await rename(root, target);
    await syncDirectory(this.directory);
  }

  /** Removes a tree; no half of one is ever left under its digest. */
  async discard(digest: string): Promise<void> {
    const trash = join(this.directory, uniqueName(TRASH));
    try {
      await rename(this.directoryOf(digest), trash);
    } catch (thrown) {
      if (errnoOf(thrown) === "ENOENT") return;
      throw thrown;
    }
    await removeTree(trash);
  }

  /** Points `installed/<directoryName>` to the tree; without one, takes the link away. */
  async link(directoryName: string, digest: string | undefined): Promise<void> {
    const path = join(this.#installed, directoryName);
    if (digest === undefined) return removeLink(path);
    await replaceLink(path, join(STORE, digest.replace(":", "-")), this.#installed);
  }

  /** The names of the links in `installed/`. */
  async links(): Promise<string[]> {
    const entries = await readdir(this.#installed, { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  }
}

/**
 * Makes `path` a link to `target` in one step. Whatever else is there is moved aside, never removed.
 * Not made durable: links are put right by registry.json when the registry is opened.
 */
export async function replaceLink(path: string, target: string, directory: string): Promise<void> {
  if ((await readLinkTarget(path)) === target) return;
  const temporary = join(directory, uniqueName(TEMPORARY));
  await symlink(target, temporary);
  try {
    await moveAsideUnlessLink(path);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Removes a link; anything else stays. */
export async function removeLink(path: string): Promise<void> {
  if ((await readLinkTarget(path)) === undefined) return;
  await unlink(path);
}

/** Undefined when there is no link at `path`. */
export async function readLinkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === "ENOENT" || code === "EINVAL" || code === "ENOTDIR") return undefined;
    throw thrown;
  }
}

async function moveAsideUnlessLink(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined || stats.isSymbolicLink()) return;
  await rename(path, `${path}.replaced-${randomBytes(4).toString("hex")}`);
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
}

function uniqueName(prefix: string): string {
  return `${prefix}${randomBytes(4).toString("hex")}`;
}
