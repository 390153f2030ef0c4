import type { FromSchema } from "json-schema-to-ts";
import type { packageManifestSchema } from "./package-manifest-schema.ts";

/** `plugin.yaml`, defaulted and validated. */
export type PackageManifest = FromSchema<typeof packageManifestSchema>;
export type PackageType = PackageManifest["type"];
export type PackageRuntime = PackageManifest["runtime"];

/** One entry of `configuration`. */
export interface ConfigurationSetting {
  readonly type: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly description?: string;
  readonly default?: unknown;
  readonly sensitive?: boolean;
  readonly enum?: readonly unknown[];
}

/** A package by content. `digest` is `sha256:<hex>` of its tree: paths, modes and contents. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
}

/** The file that makes a directory a package. */
export const PACKAGE_MANIFEST_FILE = "plugin.yaml";
