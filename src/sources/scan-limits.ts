/** Bounds of one scan: what lies beyond them makes the snapshot incomplete. */
export interface ScanLimits {
  readonly maxDepth: number;
  /** Manifest files. */
  readonly maxFiles: number;
  /** Directory entries of any kind. */
  readonly maxEntries: number;
  readonly maxFileBytes: number;
}

export const SCAN_LIMITS: ScanLimits = {
  maxDepth: 32,
  maxFiles: 20_000,
  maxEntries: 500_000,
  maxFileBytes: 4 * 1024 * 1024,
};
