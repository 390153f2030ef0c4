import { valid } from "semver";
import { type ObjectKey, splitKey, toKey } from "../api/key.ts";
import { NAME_MAX_LENGTH, NAME_PATTERN } from "../api/meta.ts";
import type { PackageIdentity } from "../api/package-manifest.ts";

/** A package whose files are here. */
export interface PackageRecord extends PackageIdentity {
  /** Files, directories and links; with `bytes`, what shows a damaged tree without reading it. */
  readonly entries: number;
  readonly bytes: number;
  /** RFC 3339; the newest of one version gets the link `installed/<name>-v<version>`. */
  readonly installedAt: string;
}

/** A package that a plugin has left, but instances of it still run. */
export interface RetainedPackage {
  readonly digest: string;
  /** Of the instances that run it. */
  readonly revisions: readonly string[];
}

export interface PluginRecord {
  readonly package: PackageIdentity;
  readonly isEnabled: boolean;
  readonly retained: readonly RetainedPackage[];
}

/** What registry.json says. */
export interface RegistryData {
  /** By digest. */
  readonly packages: ReadonlyMap<string, PackageRecord>;
  readonly plugins: ReadonlyMap<ObjectKey, PluginRecord>;
}

export const EMPTY_REGISTRY: RegistryData = { packages: new Map(), plugins: new Map() };

const VERSION = 1;
const NAME = new RegExp(NAME_PATTERN);
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function serialiseRegistry({ packages, plugins }: RegistryData): string {
  const byName = [...plugins].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const content = {
    version: VERSION,
    packages: [...packages.values()],
    plugins: Object.fromEntries(
      byName.map(([key, { package: identity, isEnabled, retained }]) => [
        key,
        { ...identity, enabled: isEnabled, ...(retained.length === 0 ? {} : { retained }) },
      ]),
    ),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * Reads registry.json, trusting nothing in it.
 *
 * @returns Why it is not ours, when it is not.
 */
export function parseRegistry(text: string): RegistryData | { readonly problem: string } {
  try {
    const content = record(JSON.parse(text), "the whole");
    if (content["version"] !== VERSION) return { problem: "another version of the format" };
    const packages = list(content["packages"], "packages").map(toPackageRecord);
    const plugins = Object.entries(record(content["plugins"], "plugins"));
    return {
      packages: new Map(packages.map((entry) => [entry.digest, entry])),
      plugins: new Map(plugins.map(([key, value]) => [toObjectKey(key), toPluginRecord(value)])),
    };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function toPackageRecord(value: unknown): PackageRecord {
  const fields = record(value, "a package");
  return {
    ...toIdentity(fields),
    entries: count(fields["entries"]),
    bytes: count(fields["bytes"]),
    installedAt: textOf(fields["installedAt"], "installedAt", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  };
}

function toPluginRecord(value: unknown): PluginRecord {
  const fields = record(value, "a plugin");
  if (typeof fields["enabled"] !== "boolean") throw new TypeError("enabled: not a boolean");
  const retained = fields["retained"] ?? [];
  return {
    package: toIdentity(fields),
    isEnabled: fields["enabled"],
    retained: list(retained, "retained").map(toRetained),
  };
}

function toRetained(value: unknown): RetainedPackage {
  const fields = record(value, "retained");
  return {
    digest: textOf(fields["digest"], "digest", DIGEST),
    revisions: list(fields["revisions"], "revisions").map((revision) =>
      textOf(revision, "revision", /^.{1,256}$/),
    ),
  };
}

function toIdentity(fields: Readonly<Record<string, unknown>>): PackageIdentity {
  const version = textOf(fields["version"], "version", /^.{1,256}$/);
  if (valid(version) === null) throw new TypeError("version: not a semantic version");
  return {
    name: textOf(fields["name"], "name", NAME),
    version,
    digest: textOf(fields["digest"], "digest", DIGEST),
  };
}

function toObjectKey(value: string): ObjectKey {
  const { namespace, name } = splitKey(value as ObjectKey);
  for (const part of [namespace, name]) {
    if (part.length > NAME_MAX_LENGTH || !NAME.test(part)) throw new TypeError("a bad plugin name");
  }
  return toKey(namespace, name);
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError(`${what}: not an object`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what}: not a list`);
}

function textOf(value: unknown, what: string, pattern: RegExp): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new TypeError(`${what}: not what it should be`);
}

function count(value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  throw new TypeError("not a count");
}
