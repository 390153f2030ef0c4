import { chmod, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { satisfies, validRange } from "semver";
import { type ObjectKey, toDiskName } from "../api/key.ts";
import type { PackageIdentity, PackageManifest } from "../api/package-manifest.ts";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import { sweepTemporaryFiles } from "../base/files.ts";
import type { Logger } from "../base/logger.ts";
import { InstalledPackages } from "./installed-packages.ts";
import { DEFAULT_LIMITS, type PackageLimits } from "./limits.ts";
import { type PackageContent, PackageReader, packageDirectoryName } from "./package-reader.ts";
import { PackageStore, removeLink, replaceLink } from "./package-store.ts";
import { recoverRegistry } from "./recover-registry.ts";
import { withoutPlugin, withPluginFields, withUser } from "./registry-changes.ts";
import type { PluginRecord } from "./registry-data.ts";
import { RegistryFile } from "./registry-file.ts";
import { TreeDigester } from "./tree-digest.ts";

export interface RegistryOptions {
  /** PORTUNIX_HOME/plugins; made when missing. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: PackageLimits;
}

export interface InstalledPlugin {
  readonly key: ObjectKey;
  /** Undefined when its files are missing or damaged. */
  readonly installed: PackageIdentity | undefined;
  readonly isEnabled: boolean;
}

export interface InstallOptions {
  readonly key: ObjectKey;
  /** Absolute. Not looked at when the content of `digest` is here already. */
  readonly sourcePath: string;
  /** Semver range; undefined for any. */
  readonly version: string | undefined;
  /** Install only this content; undefined for whatever is there. */
  readonly digest: string | undefined;
  /** Revisions of the plugin's living instances: what they run is kept until they have ended. */
  readonly livingRevisions: readonly string[];
}

/** What an instance is to run. */
export interface Launchable {
  readonly identity: PackageIdentity;
  /** Absolute, real. */
  readonly directory: string;
  readonly manifest: PackageManifest;
}

/** The local registry: packages on disk, and which plugin uses which. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #store: PackageStore;
  readonly #reader: PackageReader;
  readonly #file: RegistryFile;
  readonly #packages: InstalledPackages;

  constructor(options: RegistryOptions) {
    const { directory, clock } = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    this.#options = options;
    this.#store = new PackageStore(join(directory, "installed"), limits);
    this.#file = new RegistryFile(join(directory, "registry.json"));
    this.#reader = new PackageReader({
      limits,
      clock,
      digester: new TreeDigester(clock, limits),
      storeDirectory: this.#store.directory,
      withTemporary: (use) => this.#store.withTemporary(use),
    });
    this.#packages = new InstalledPackages({
      file: this.#file,
      store: this.#store,
      reader: this.#reader,
      clock,
    });
  }

  /** Brings the directory into order, whatever a crash or a hand has done to it. Call it once, first. */
  async open(): Promise<void> {
    const { directory, logger } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    for (const name of ["installed", "enabled", "configs", "logs"]) {
      await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
    }
    await sweepTemporaryFiles(directory);
    await this.#store.open();
    await recoverRegistry({
      file: this.#file,
      store: this.#store,
      reader: this.#reader,
      enabledDirectory: join(directory, "enabled"),
      logger,
    });
    for (const record of this.#file.data.packages.values()) await this.#packages.relink(record);
    for (const [key, record] of this.#file.data.plugins) {
      if (record.isEnabled) await this.#linkEnabled(key, record.package);
    }
  }

  list(): readonly InstalledPlugin[] {
    return [...this.#file.data.plugins].map(([key, record]) => this.#describe(key, record));
  }

  get(key: ObjectKey): InstalledPlugin | undefined {
    const record = this.#file.data.plugins.get(key);
    return record === undefined ? undefined : this.#describe(key, record);
  }

  /**
   * Name, version and content of the package at an absolute path. Changes nothing.
   *
   * @throws {PortunixError} PackageNotFound: nothing there. PackageInvalid: it cannot be used, with
   * every fault of plugin.yaml as `file:line:column`. Conflict: it changed meanwhile.
   */
  async resolve(sourcePath: string, signal?: AbortSignal): Promise<PackageContent> {
    return this.#reader.resolve(sourcePath, signal);
  }

  /**
   * Makes the plugin a user of a package, whose files are copied unless they are here.
   *
   * @throws {PortunixError} As {@link resolve}; Conflict: the source holds another content than
   * `digest`; VersionMismatch: outside of `version`.
   */
  async install(options: InstallOptions, signal?: AbortSignal): Promise<void> {
    const { key, sourcePath, livingRevisions } = options;
    const previous = this.#file.data.plugins.get(key)?.package.digest;
    const digest = options.digest ?? (await this.resolve(sourcePath, signal)).digest;
    await this.#packages.provide({ digest, sourcePath, signal }, async (record) => {
      const { name, version } = record;
      requireVersion(record, options.version);
      const identity = { name, version, digest };
      await this.#file.update((data) => withUser(data, record, { key, identity, livingRevisions }));
      if (this.get(key)?.isEnabled === true) await this.#linkEnabled(key, identity);
    });
    if (previous !== undefined && previous !== digest) await this.#packages.collect(previous);
  }

  /** Takes the plugin out; its package goes too when nobody else uses it. */
  async uninstall(key: ObjectKey): Promise<void> {
    const record = this.#file.data.plugins.get(key);
    await this.#file.update((data) => withoutPlugin(data, key));
    await removeLink(this.#enabledPath(key));
    if (record === undefined) return;
    const left = [record.package.digest, ...record.retained.map(({ digest }) => digest)];
    for (const digest of left) await this.#packages.collect(digest);
  }

  /** @throws {PortunixError} Conflict: not installed. */
  async enable(key: ObjectKey): Promise<void> {
    await this.#linkEnabled(key, this.#require(key));
    await this.#file.update((data) => withPluginFields(data, key, { isEnabled: true }));
  }

  async disable(key: ObjectKey): Promise<void> {
    await this.#file.update((data) => withPluginFields(data, key, { isEnabled: false }));
    await removeLink(this.#enabledPath(key));
  }

  /**
   * What an instance of the plugin is to run, seen to be whole.
   *
   * @throws {PortunixError} Conflict: not installed, or its files are damaged (then it counts as
   * not installed from now on).
   */
  async launchable(key: ObjectKey): Promise<Launchable> {
    const identity = this.#require(key);
    const directory = await this.#packages.directoryOf(identity);
    if (directory === undefined) {
      throw new PortunixError(
        "Conflict",
        `plugin ${key}: files of ${identity.name} ${identity.version} are missing or altered; they are installed again`,
      );
    }
    return { identity, directory, manifest: await this.#packages.manifestOf(identity) };
  }

  /** Lets go of packages that the plugin has left, once no instance of `livingRevisions` runs them. */
  async release(key: ObjectKey, livingRevisions: readonly string[]): Promise<void> {
    const record = this.#file.data.plugins.get(key);
    const isNeeded = ({ revisions }: PluginRecord["retained"][number]): boolean =>
      revisions.some((revision) => livingRevisions.includes(revision));
    const left = record?.retained.filter((kept) => !isNeeded(kept)) ?? [];
    if (record === undefined || left.length === 0) return;
    const retained = record.retained.filter(isNeeded);
    await this.#file.update((data) => withPluginFields(data, key, { retained }));
    for (const { digest } of left) await this.#packages.collect(digest);
  }

  /** Looks whether files or links were taken away behind our back, so that what is told stays true. */
  async refresh(): Promise<void> {
    await this.#packages.refresh();
    for (const [key, record] of this.#file.data.plugins) {
      if (!record.isEnabled) continue;
      const stats = await lstat(this.#enabledPath(key)).catch(() => undefined);
      if (stats?.isSymbolicLink() === true) continue;
      await this.#file.update((data) =>
        data.plugins.get(key) === record ? withPluginFields(data, key, { isEnabled: false }) : data,
      );
    }
  }

  #describe(key: ObjectKey, record: PluginRecord): InstalledPlugin {
    const isHere = this.#file.data.packages.has(record.package.digest);
    const installed = isHere ? record.package : undefined;
    return { key, installed, isEnabled: record.isEnabled };
  }

  #require(key: ObjectKey): PackageIdentity {
    const installed = this.get(key)?.installed;
    if (installed !== undefined) return installed;
    throw new PortunixError("Conflict", `plugin ${key}: not installed; install it first`);
  }

  async #linkEnabled(key: ObjectKey, { name, version }: PackageIdentity): Promise<void> {
    const target = join("..", "installed", packageDirectoryName(name, version));
    const directory = join(this.#options.directory, "enabled");
    await replaceLink(this.#enabledPath(key), target, directory);
  }

  #enabledPath(key: ObjectKey): string {
    return join(this.#options.directory, "enabled", toDiskName(key));
  }
}

function requireVersion(found: PackageIdentity, range: string | undefined): void {
  if (range === undefined) return;
  if (validRange(range) === null) {
    throw new PortunixError("BadRequest", `${JSON.stringify(range)} is not a semver range`);
  }
  // A prerelease is chosen by naming its directory, so it counts like any other version.
  if (satisfies(found.version, range, { includePrerelease: true })) return;
  throw new PortunixError(
    "VersionMismatch",
    `package ${found.name} is ${found.version}, not ${range}; change spec.version or the package`,
  );
}
