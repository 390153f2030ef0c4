import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const BUILD_INPUTS = [".ci/build.mjs", "package.json", "src", "proto", "examples"];

/** Builds the program once before the end-to-end tests, when a source is newer than it. */
export function setup(): void {
  if (!runsEndToEndTests(process.argv.slice(2)) || isBuilt()) return;
  const build = join(ROOT, ".ci", "build.mjs");
  const { status } = spawnSync(process.execPath, [build], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error("the program was not built; see above");
}

/** Everything runs when no path is named. */
function runsEndToEndTests(argv: readonly string[]): boolean {
  const paths = argv.filter((word) => word.includes("test/") && !word.endsWith("vitest.config.ts"));
  return paths.length === 0 || paths.some((path) => path.includes("e2e"));
}

function isBuilt(): boolean {
  const program = join(ROOT, "dist", "bin", "portunix.cjs");
  if (!existsSync(program)) return false;
  const builtAtMs = statSync(program).mtimeMs;
  return BUILD_INPUTS.every((input) => newestMs(join(ROOT, input)) <= builtAtMs);
}

function newestMs(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== "dist" && name !== "node_modules");
  return Math.max(0, ...names.map((name) => newestMs(join(path, name))));
}
