import { createHash, type Hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { errnoOf, PortunixError } from "../base/errors.ts";
import { openRegularFile } from "../base/files.ts";
import { DEFAULT_LIMITS, type PackageLimits } from "./limits.ts";
import { type TreeEntry, walkTree } from "./tree-walk.ts";

export interface TreeDigest {
  /** `sha256:<hex>`. */
  readonly digest: string;
  /** Files, directories and links. */
  readonly entries: number;
  readonly bytes: number;
  /** sha256 in hex, by path. */
  readonly files: ReadonlyMap<string, string>;
}

interface KnownFile {
  readonly signature: string;
  readonly sha256: string;
}

/** Files whose digests are remembered, over all trees. */
const MAX_REMEMBERED_FILES = 200_000;
/**
 * A file that changed this shortly before it was read may change again without a trace in its
 * times, which move in ticks: its digest is not remembered.
 */
const RACY_NS = 1_000_000_000n;
const CHUNK_BYTES = 1024 * 1024;
/** What tells one state of a file from another without reading it. */
const SIGNATURE = ["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const;

/**
 * Digests of directory trees: sorted lines of `path NUL kind NUL sha256 LF`, kind being `d`irectory,
 * `f`ile, e`x`ecutable or `l`ink (sha256 of its target), again through sha256. Owners, times and
 * other mode bits do not count. A file that looks unchanged is not read again.
 */
export class TreeDigester {
  readonly #clock: Clock;
  readonly #limits: PackageLimits;
  readonly #known = new Map<string, ReadonlyMap<string, KnownFile>>();
  #rememberedFiles = 0;
  /** Bytes of files read so far, over all trees. */
  bytesRead = 0;

  constructor(clock: Clock, limits: PackageLimits = DEFAULT_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** @throws {PortunixError} as {@link walkTree}. */
  async digest(root: string, signal?: AbortSignal): Promise<TreeDigest> {
    const entries = await walkTree(root, this.#limits, signal);
    const before = this.#known.get(root);
    const after = new Map<string, KnownFile>();
    const files = new Map<string, string>();
    const tree = createHash("sha256");
    let bytes = 0;
    for (const entry of entries) {
      signal?.throwIfAborted();
      if (entry.kind === "file") {
        const file = await this.#digestFile(root, entry, before?.get(entry.path));
        if (file.isLasting) after.set(entry.path, file.known);
        files.set(entry.path, file.known.sha256);
        bytes += entry.size;
      }
      tree.update(`${entry.path}\0${kindOf(entry)}\0${contentOf(entry, files)}\n`);
    }
    this.#remember(root, after);
    return { digest: `sha256:${tree.digest("hex")}`, entries: entries.length, bytes, files };
  }

  forget(root: string): void {
    this.#rememberedFiles -= this.#known.get(root)?.size ?? 0;
    this.#known.delete(root);
  }

  async #digestFile(
    root: string,
    entry: FileEntry,
    known: KnownFile | undefined,
  ): Promise<{ readonly known: KnownFile; readonly isLasting: boolean }> {
    const signature = signatureOf(entry.stats);
    if (known?.signature === signature) return { known, isLasting: true };
    const path = join(root, entry.path);
    const hash = createHash("sha256");
    const stats = await readInto(hash, path);
    if (signatureOf(stats) !== signature) throw changed(path);
    this.bytesRead += entry.size;
    const nowNs = BigInt(Math.trunc(this.#clock.nowMs())) * 1_000_000n;
    return {
      known: { signature, sha256: hash.digest("hex") },
      isLasting: stats.ctimeNs < nowNs - RACY_NS,
    };
  }

  #remember(root: string, files: ReadonlyMap<string, KnownFile>): void {
    this.forget(root);
    this.#known.set(root, files);
    this.#rememberedFiles += files.size;
    for (const oldest of this.#known.keys()) {
      if (this.#rememberedFiles <= MAX_REMEMBERED_FILES || oldest === root) break;
      this.forget(oldest);
    }
  }
}

type FileEntry = Extract<TreeEntry, { kind: "file" }>;

function kindOf(entry: TreeEntry): string {
  if (entry.kind === "file") return entry.isExecutable ? "x" : "f";
  return entry.kind === "link" ? "l" : "d";
}

function contentOf(entry: TreeEntry, files: ReadonlyMap<string, string>): string {
  if (entry.kind === "file") return files.get(entry.path) ?? "";
  return entry.kind === "link" ? createHash("sha256").update(entry.target).digest("hex") : "";
}

/** Feeds the file to `hash`; gives what the system says of it once it is read. */
async function readInto(hash: Hash, path: string): Promise<BigIntStats> {
  const handle = await openRegularFile(path).catch((thrown: unknown) => {
    const code = errnoOf(thrown);
    if (code === "ENOENT" || code === "ELOOP") throw changed(path);
    if (code !== "EACCES") throw thrown;
    throw new PortunixError("PackageInvalid", `${path}: not readable; change its mode`);
  });
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.allocUnsafe(Math.min(size + 1, CHUNK_BYTES));
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
    return await handle.stat({ bigint: true });
  } finally {
    await handle.close();
  }
}

function signatureOf(stats: BigIntStats): string {
  return SIGNATURE.map((field) => stats[field]).join(" ");
}

function changed(path: string): PortunixError {
  return new PortunixError("Conflict", `${path}: changed while it was read; it is read again`);
}
