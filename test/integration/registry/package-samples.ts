import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toKey } from "../../../src/api/key.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { PackageLimits } from "../../../src/registry/limits.ts";
import { Registry } from "../../../src/registry/registry.ts";

export const MONITOR = toKey("default", "monitor");
export const OTHER = toKey("team-a", "other");
export const NEVER = new AbortController().signal;

/** A package on disk; `files` go beside its plugin.yaml, `main` is executable. */
export function writePackage(
  directory: string,
  options: {
    readonly name?: string;
    readonly version?: string;
    readonly extra?: string;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): string {
  const { name = "monitor", version = "1.0.0", extra = "", files = {} } = options;
  mkdirSync(directory, { recursive: true });
  const manifest = `name: ${name}\nversion: ${version}\nruntime:\n  main: ./main\n${extra}`;
  writeFileSync(join(directory, "plugin.yaml"), manifest);
  writeFileSync(join(directory, "main"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

export async function openRegistry(directory: string, limits?: PackageLimits): Promise<Registry> {
  const options = { directory, clock: systemClock, logger: silentLogger };
  const registry = new Registry(limits === undefined ? options : { ...options, limits });
  await registry.open();
  return registry;
}
