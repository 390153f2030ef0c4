import { readFileSync, realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf, PortunixError } from "../base/errors.ts";
import type { ApiClient, DaemonInfo } from "./api-client.ts";
import type { Home } from "./home.ts";

const POLL_MS = 20;

/**
 * Asks the daemon of this home to end (SIGTERM), and waits until its process is gone. Rejects
 * with DaemonUnreachable when there is none.
 */
export async function stopDaemon(
  client: ApiClient,
  { home, deadlineMs }: { readonly home: Home; readonly deadlineMs: number },
): Promise<DaemonInfo> {
  const info = await client.daemonInfo();
  if (!isSameDirectory(info.home, home.directory)) {
    throw new PortunixError(
      "DaemonUnreachable",
      `the daemon at ${home.socketPath} says that it serves ${info.home}; stop it with PORTUNIX_HOME=${info.home}`,
    );
  }
  signal(info.pid, "SIGTERM");
  const end = performance.now() + deadlineMs;
  while (signal(info.pid, 0) && !isZombie(info.pid)) {
    if (performance.now() > end) {
      throw new PortunixError(
        "DaemonUnreachable",
        `the daemon (pid ${info.pid}) has not ended in ${deadlineMs / 1000} seconds; see ${home.logPath}`,
      );
    }
    await sleep(POLL_MS);
  }
  return info;
}

/** False when there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (thrown) {
    if (errnoOf(thrown) === "ESRCH") return false;
    throw PortunixError.from(thrown);
  }
}

/** Ended, though whoever has to wait for it has not: in a container, the first process may never do. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

function isSameDirectory(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return a === b;
  }
}
