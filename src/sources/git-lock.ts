import { readFileSync, statSync, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The lock file of the git work tree that `directory` is in, while git holds it: a checkout is under
 * way, and the files are of no one commit. Undefined when there is no lock, or no git.
 */
export function findGitLock(directory: string): string | undefined {
  for (let current = directory; ; current = dirname(current)) {
    const gitDirectory = gitDirectoryOf(join(current, ".git"));
    if (gitDirectory !== undefined) {
      const lock = join(gitDirectory, "index.lock");
      return existsSync(lock) ? lock : undefined;
    }
    if (current === dirname(current)) return undefined;
  }
}

const GIT_FILE_MAX_BYTES = 4096;

/** `.git` is a directory, or in a linked work tree a file that names one. */
function gitDirectoryOf(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return path;
    if (!stats.isFile() || stats.size > GIT_FILE_MAX_BYTES) return undefined;
    const [, target] = /^gitdir: (.+)$/m.exec(readFileSync(path, "utf8")) ?? [];
    return target === undefined ? undefined : resolve(dirname(path), target);
  } catch {
    return undefined;
  }
}
