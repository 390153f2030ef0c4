import { createHash } from "node:crypto";
import type { PackageManifest } from "../../src/api/package-manifest.ts";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import type { ResolvedSource } from "../../src/reconcile/ports.ts";

/** How one process behaves; times in ms from its launch. */
export interface Behaviour {
  readonly launchAfterMs: number;
  /** Undefined: never, so its startup probe fails after 30 s. */
  readonly readyAfterMs: number | undefined;
  /** Fails its readiness probe for 3 s from then on. */
  readonly flapsAfterMs: number | undefined;
  readonly exitsAfterMs: number | undefined;
  readonly exitCode: number;
  /** Fails its liveness probe for good from then on. */
  readonly hangsAfterMs: number | undefined;
  readonly stopTakesMs: number;
}

export const HEALTHY: Behaviour = {
  launchAfterMs: 5,
  readyAfterMs: 50,
  flapsAfterMs: undefined,
  exitsAfterMs: undefined,
  exitCode: 0,
  hangsAfterMs: undefined,
  stopTakesMs: 20,
};

export interface SimPackage {
  readonly source: ResolvedSource;
  readonly isReadable: boolean;
  /** How long it takes to read or install it, ms; left out: as long as any call. */
  readonly readTakesMs?: number;
}

/** What every package of the world takes; the checks know its default. */
const CONFIGURATION = {
  optional: {
    level: { type: "integer", default: 1, sensitive: false },
    token: { type: "string", sensitive: true },
  },
};

export function simPackage(
  name: string,
  version: string,
  more: Partial<PackageManifest>,
): SimPackage {
  const manifest = {
    name,
    version,
    type: "service",
    runtime: { main: "run" },
    configuration: CONFIGURATION,
    ...more,
  } as unknown as PackageManifest;
  const digest = digestText(canonicalJson(manifest));
  return { source: { name, version, digest, manifest }, isReadable: true };
}

export function digestText(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
