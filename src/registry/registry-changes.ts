import type { ObjectKey } from "../api/key.ts";
import type { PackageIdentity } from "../api/package-manifest.ts";
import type { PackageRecord, PluginRecord, RegistryData } from "./registry-data.ts";

/** Pure changes of what registry.json says; a change that changes nothing gives the same value back. */

export interface PluginUse {
  readonly key: ObjectKey;
  readonly identity: PackageIdentity;
  /** Revisions of living instances, which run what the plugin used before. */
  readonly livingRevisions: readonly string[];
}

/** Makes the plugin a user of the package. */
export function withUser(data: RegistryData, found: PackageRecord, use: PluginUse): RegistryData {
  const { key, identity, livingRevisions } = use;
  const previous = data.plugins.get(key);
  const isKnown = data.packages.get(found.digest) === found;
  if (isKnown && isSameIdentity(previous?.package, identity)) return data;
  const packages = new Map(data.packages).set(found.digest, found);
  const retained = (previous?.retained ?? []).filter(({ digest }) => digest !== identity.digest);
  if (previous !== undefined && previous.package.digest !== identity.digest) {
    const known = new Set(retained.flatMap(({ revisions }) => revisions));
    const revisions = livingRevisions.filter((revision) => !known.has(revision));
    if (revisions.length > 0) retained.push({ digest: previous.package.digest, revisions });
  }
  const record = { package: identity, isEnabled: previous?.isEnabled ?? false, retained };
  return { packages, plugins: new Map(data.plugins).set(key, record) };
}

/** No-op for a plugin that is not there. */
export function withPluginFields(
  data: RegistryData,
  key: ObjectKey,
  fields: Partial<PluginRecord>,
): RegistryData {
  const record = data.plugins.get(key);
  if (record === undefined) return data;
  const isSame =
    (fields.isEnabled ?? record.isEnabled) === record.isEnabled &&
    (fields.retained ?? record.retained) === record.retained;
  if (isSame) return data;
  return { ...data, plugins: new Map(data.plugins).set(key, { ...record, ...fields }) };
}

export function withoutPlugin(data: RegistryData, key: ObjectKey): RegistryData {
  if (!data.plugins.has(key)) return data;
  const plugins = new Map(data.plugins);
  plugins.delete(key);
  return { ...data, plugins };
}

/** @param record - The one that is meant: a newer one of the same content stays. */
export function withoutPackage(data: RegistryData, record: PackageRecord): RegistryData {
  if (data.packages.get(record.digest) !== record) return data;
  const packages = new Map(data.packages);
  packages.delete(record.digest);
  return { ...data, packages };
}

export function isUsed(data: RegistryData, digest: string): boolean {
  return [...data.plugins.values()].some(
    (record) =>
      record.package.digest === digest || record.retained.some((kept) => kept.digest === digest),
  );
}

/** The content of this version that was installed last; undefined when there is none. */
export function newestDigest(
  data: RegistryData,
  name: string,
  version: string,
): string | undefined {
  let newest: PackageRecord | undefined;
  for (const record of data.packages.values()) {
    if (record.name !== name || record.version !== version) continue;
    if (newest === undefined || record.installedAt >= newest.installedAt) newest = record;
  }
  return newest?.digest;
}

function isSameIdentity(a: PackageIdentity | undefined, b: PackageIdentity): boolean {
  return a?.digest === b.digest && a.name === b.name && a.version === b.version;
}
