import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const SET_ASIDE_MAX = 20;

/**
 * Moves `run/p/<name>`, which is none of our records, to `run/set-aside/`, where the newest few are kept.
 *
 * @returns Where it is now.
 */
export function setAside(runDir: string, name: string, nowMs: number): string {
  const directory = join(runDir, "set-aside");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const there = readdirSync(directory).toSorted();
  for (const old of there.slice(0, Math.max(0, there.length - SET_ASIDE_MAX + 1)))
    rmSync(join(directory, old), { recursive: true, force: true });
  const target = join(directory, `${nowMs}-${name.slice(0, 64)}`);
  renameSync(join(runDir, "p", name), target);
  return target;
}
