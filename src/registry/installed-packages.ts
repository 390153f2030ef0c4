import { lstat } from "node:fs/promises";
import { join } from "node:path";
import {
  PACKAGE_MANIFEST_FILE,
  type PackageIdentity,
  type PackageManifest,
} from "../api/package-manifest.ts";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import { KeyedMutex } from "../base/keyed-mutex.ts";
import { type PackageReader, packageDirectoryName } from "./package-reader.ts";
import type { PackageStore } from "./package-store.ts";
import { isUsed, newestDigest, withoutPackage } from "./registry-changes.ts";
import type { PackageRecord } from "./registry-data.ts";
import type { RegistryFile } from "./registry-file.ts";

export interface InstalledPackagesOptions {
  readonly file: RegistryFile;
  readonly store: PackageStore;
  readonly reader: PackageReader;
  readonly clock: Clock;
}

export interface ProvideRequest {
  readonly digest: string;
  readonly sourcePath: string;
  readonly signal: AbortSignal | undefined;
}

/** The packages whose files are here: brought in by their first user, removed with the last. */
export class InstalledPackages {
  readonly #options: InstalledPackagesOptions;
  /** By digest, for what is brought in or removed; by name, for the link of a version. */
  readonly #locks = new KeyedMutex();
  /** Keep a package from being removed while a plugin begins to use it. */
  readonly #pins = new Map<string, { readonly record: PackageRecord; readonly count: number }>();
  readonly #manifests = new Map<string, PackageManifest>();

  constructor(options: InstalledPackagesOptions) {
    this.#options = options;
  }

  /**
   * Sees to it that the files of this content are here and unaltered, then calls `use`, which has
   * to record a user; until it is done nobody removes them.
   *
   * @throws {PortunixError} Conflict: the source holds another content by now.
   */
  async provide(
    request: ProvideRequest,
    use: (record: PackageRecord) => Promise<void>,
  ): Promise<void> {
    const record = await this.#locks.run(request.digest, () => this.#pin(request));
    try {
      await use(record);
      await this.relink(record);
    } finally {
      await this.#locks.run(request.digest, () => this.#unpin(request.digest));
    }
  }

  /** Where the files are, seen to be whole; undefined when they are not. */
  async directoryOf({ digest }: PackageIdentity): Promise<string | undefined> {
    const { file, store } = this.#options;
    const record = file.data.packages.get(digest);
    if (record !== undefined && (await store.isWhole(digest, record))) {
      return store.directoryOf(digest);
    }
    if (record !== undefined) await file.update((data) => withoutPackage(data, record));
    return undefined;
  }

  /** The manifest of a package that is here. */
  async manifestOf({ digest }: PackageIdentity): Promise<PackageManifest> {
    const known = this.#manifests.get(digest);
    if (known !== undefined) return known;
    const directory = this.#options.store.directoryOf(digest);
    const manifest = await this.#options.reader.readManifest(directory, directory);
    this.#manifests.set(digest, manifest);
    return manifest;
  }

  /** Removes a package that nobody uses any more. */
  async collect(digest: string): Promise<void> {
    const { file, store } = this.#options;
    await this.#locks.run(digest, async () => {
      const record = file.data.packages.get(digest);
      if (record === undefined || this.#pins.has(digest) || isUsed(file.data, digest)) return;
      await file.update((data) => withoutPackage(data, record));
      await this.relink(record);
      await store.discard(digest);
      this.#manifests.delete(digest);
    });
  }

  /** Forgets packages whose files were taken away. */
  async refresh(): Promise<void> {
    const { file, store } = this.#options;
    for (const record of file.data.packages.values()) {
      const manifest = join(store.directoryOf(record.digest), PACKAGE_MANIFEST_FILE);
      const isThere = await lstat(manifest).then(
        () => true,
        () => false,
      );
      if (!isThere) await file.update((data) => withoutPackage(data, record));
    }
  }

  /** Points `installed/<name>-v<version>` to the newest content of that version. */
  async relink({ name, version }: PackageIdentity): Promise<void> {
    const { file, store } = this.#options;
    const link = packageDirectoryName(name, version);
    await this.#locks.run(link, () => store.link(link, newestDigest(file.data, name, version)));
  }

  /** The files are here, and stay until as many calls of `#unpin`. Called under the lock. */
  async #pin(request: ProvideRequest): Promise<PackageRecord> {
    const { digest } = request;
    const pinned = this.#pins.get(digest);
    const here = this.#options.file.data.packages.get(digest);
    if (pinned !== undefined) {
      this.#pins.set(digest, { ...pinned, count: pinned.count + 1 });
      return pinned.record;
    }
    const isIntact = here !== undefined && (await this.#isUnaltered(digest));
    const record = isIntact ? here : await this.#bring(request);
    this.#pins.set(digest, { record, count: 1 });
    return record;
  }

  async #unpin(digest: string): Promise<void> {
    const { file, store } = this.#options;
    const pin = this.#pins.get(digest);
    if (pin !== undefined && pin.count > 1) {
      this.#pins.set(digest, { ...pin, count: pin.count - 1 });
      return;
    }
    this.#pins.delete(digest);
    // Nobody has come to use what was brought: the version was refused, or the disk is full.
    if (!file.data.packages.has(digest)) await store.discard(digest);
  }

  async #bring(request: ProvideRequest): Promise<PackageRecord> {
    const { store, reader, clock } = this.#options;
    const { digest, sourcePath, signal } = request;
    return store.withTemporary(async (directory) => {
      const root = await reader.stage(sourcePath, directory, signal);
      const found = await reader.readStaged(root, sourcePath, signal);
      if (found.digest !== digest) throw changedMeanwhile(sourcePath, digest, found.digest);
      await store.publish(root, digest);
      this.#manifests.set(digest, found.manifest);
      const { name, version, entries, bytes } = found;
      const installedAt = new Date(clock.nowMs()).toISOString();
      return { name, version, digest, entries, bytes, installedAt };
    });
  }

  /** Reads only what has changed since it was last read. */
  async #isUnaltered(digest: string): Promise<boolean> {
    const { store, reader } = this.#options;
    try {
      return (await reader.digestOf(store.directoryOf(digest))) === digest;
    } catch {
      return false;
    }
  }
}

function changedMeanwhile(sourcePath: string, wanted: string, found: string): PortunixError {
  return new PortunixError(
    "Conflict",
    `${sourcePath}: holds ${found} by now, not ${wanted}; it is looked at again`,
  );
}
