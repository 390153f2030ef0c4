import { lstat, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fromDiskName, type ObjectKey } from "../api/key.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { type PackageReader, packageDirectoryName } from "./package-reader.ts";
import { type PackageStore, readLinkTarget, removeLink } from "./package-store.ts";
import { isUsed, newestDigest } from "./registry-changes.ts";
import type { PackageRecord, PluginRecord, RegistryData } from "./registry-data.ts";
import type { RegistryFile } from "./registry-file.ts";

export interface RecoverOptions {
  readonly file: RegistryFile;
  readonly store: PackageStore;
  readonly reader: PackageReader;
  readonly enabledDirectory: string;
  readonly logger: Logger;
}

/**
 * Loads registry.json and makes it and the directories say the same: packages that are damaged or
 * used by nobody go, links that lead nowhere too. Without a sound file everything is read anew from
 * the trees and the links in enabled/.
 */
export async function recoverRegistry(options: RecoverOptions): Promise<void> {
  const { file, store, logger } = options;
  const problem = await file.load();
  const data = problem === undefined ? file.data : await rebuild(options, problem);
  const packages = await wholePackages(store, data);
  const plugins = new Map([...data.plugins].filter(([, record]) => isHere(packages, record)));
  const used = [...packages].filter(([digest]) => isUsed({ packages, plugins }, digest));
  const next: RegistryData = { packages: new Map(used), plugins };
  const isSame =
    problem === undefined &&
    next.packages.size === file.data.packages.size &&
    plugins.size === file.data.plugins.size;
  if (!isSame) {
    logger.warn(
      { packages: next.packages.size, plugins: plugins.size },
      "the plugin registry was repaired",
    );
    await file.update(() => next);
  }
  await removeUnknownTrees(store, next);
  await removeStaleLinks(options, next);
}

function isHere(packages: ReadonlyMap<string, PackageRecord>, record: PluginRecord): boolean {
  return packages.has(record.package.digest);
}

async function wholePackages(
  store: PackageStore,
  { packages }: RegistryData,
): Promise<Map<string, PackageRecord>> {
  const whole = new Map<string, PackageRecord>();
  for (const [digest, record] of packages) {
    if (await store.isWhole(digest, record)) whole.set(digest, record);
  }
  return whole;
}

async function rebuild(options: RecoverOptions, problem: string): Promise<RegistryData> {
  const { store, logger } = options;
  const digests = await store.digests();
  if (problem === "missing" && digests.length === 0)
    return { packages: new Map(), plugins: new Map() };
  logger.warn(
    { problem, packages: digests.length },
    "registry.json is rebuilt from what is installed",
  );
  const packages = new Map<string, PackageRecord>();
  for (const digest of digests) {
    const record = await readPackage(options, digest);
    if (record !== undefined) packages.set(digest, record);
  }
  return { packages, plugins: await readEnabled(options.enabledDirectory, packages) };
}

/** Undefined for a tree that is not what its name says. */
async function readPackage(
  { store, reader, logger }: RecoverOptions,
  digest: string,
): Promise<PackageRecord | undefined> {
  const directory = store.directoryOf(digest);
  try {
    const found = await reader.readStaged(directory, directory);
    if (found.digest !== digest)
      throw new PortunixError("PackageInvalid", "its files were altered");
    const { name, version, entries, bytes } = found;
    const installedAt = (await lstat(directory)).ctime.toISOString();
    return { name, version, digest, entries, bytes, installedAt };
  } catch (thrown) {
    logger.warn(
      { digest, problem: String(thrown) },
      "an installed package is not whole; it is removed",
    );
    return undefined;
  }
}

async function readEnabled(
  directory: string,
  packages: ReadonlyMap<string, PackageRecord>,
): Promise<Map<ObjectKey, PluginRecord>> {
  const byLink = new Map<string, PackageRecord>();
  for (const { name, version } of packages.values()) {
    const newest = newestDigest({ packages, plugins: new Map() }, name, version) ?? "";
    const record = packages.get(newest);
    if (record !== undefined) byLink.set(packageDirectoryName(name, version), record);
  }
  const plugins = new Map<ObjectKey, PluginRecord>();
  for (const diskName of await readdir(directory)) {
    const key = fromDiskName(diskName);
    const target = await readLinkTarget(join(directory, diskName));
    const found = target === undefined ? undefined : byLink.get(basename(target));
    if (key === undefined || found === undefined) continue;
    const { name, version, digest } = found;
    plugins.set(key, { package: { name, version, digest }, isEnabled: true, retained: [] });
  }
  return plugins;
}

async function removeUnknownTrees(store: PackageStore, { packages }: RegistryData): Promise<void> {
  for (const digest of await store.digests()) {
    if (!packages.has(digest)) await store.discard(digest);
  }
}

async function removeStaleLinks(options: RecoverOptions, data: RegistryData): Promise<void> {
  const { store, enabledDirectory } = options;
  const names = new Set(
    [...data.packages.values()].map(({ name, version }) => packageDirectoryName(name, version)),
  );
  for (const link of await store.links()) {
    if (!names.has(link)) await store.link(link, undefined);
  }
  for (const diskName of await readdir(enabledDirectory)) {
    const key = fromDiskName(diskName);
    const isEnabled = key !== undefined && data.plugins.get(key)?.isEnabled === true;
    if (!isEnabled) await removeLink(join(enabledDirectory, diskName));
  }
}
