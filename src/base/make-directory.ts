import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "./errors.ts";

/**
 * Makes a directory and those above it that are missing, for this user alone. What is there already
 * stays as it is. Step by step, since Node's own recursive mkdir never returns for a path below
 * /proc.
 *
 * @throws {Error} Node's system error; ENOTDIR where something else has the name.
 */
export function makePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === "ENOENT" && dirname(path) !== path && !exists(dirname(path))) {
      makePrivateDirectory(dirname(path));
      mkdirSync(path, { mode: 0o700 });
      return;
    }
    if (code !== "EEXIST") throw thrown;
    if (!statSync(path).isDirectory()) {
      throw Object.assign(new Error(`${path} is there, but is no directory`), { code: "ENOTDIR" });
    }
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
