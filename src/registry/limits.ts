/** How large a package may be. */
export interface PackageLimits {
  /** Files, directories and links. */
  readonly maxEntries: number;
  /** Bytes of all files together. */
  readonly maxBytes: number;
  /** Bytes of a packed archive. */
  readonly maxArchiveBytes: number;
  /** Bytes of plugin.yaml. */
  readonly maxManifestBytes: number;
  /** Directories inside directories. */
  readonly maxDepth: number;
}

export const DEFAULT_LIMITS: PackageLimits = {
  maxEntries: 20_000,
  maxBytes: 1024 ** 3,
  maxArchiveBytes: 512 * 1024 ** 2,
  maxManifestBytes: 1024 ** 2,
  maxDepth: 64,
};
