import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { PortunixError, errnoOf } from "../../base/errors.ts";
import type { LaunchPlan } from "./launch-plan.ts";

/**
 * Starts the process in a session of its own, so that it outlives the daemon: no pipe leads to it,
 * its output is appended to `logFile`.
 *
 * @throws {PortunixError} LaunchFailed: the system refused.
 */
export function spawnPlugin(
  plan: LaunchPlan,
  logFile: string,
): Promise<ChildProcess & { pid: number }> {
  const log = openSync(logFile, "a", 0o600);
  // A child inherits the umask of this moment; spawn() forks before it returns.
  const umask = process.umask(0o077);
  let child: ChildProcess;
  try {
    child = spawn(plan.file, plan.args, {
      cwd: plan.cwd,
      env: { ...plan.environment },
      stdio: ["ignore", log, log],
      detached: true,
      shell: false,
    });
  } catch (thrown) {
    return Promise.reject(refused(plan, thrown));
  } finally {
    process.umask(umask);
    closeSync(log);
  }
  child.unref();
  if (hasPid(child)) return Promise.resolve(child);
  return new Promise((_, reject) => child.once("error", (thrown) => reject(refused(plan, thrown))));
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined;
}

function refused(plan: LaunchPlan, thrown: unknown): PortunixError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new PortunixError(
    "LaunchFailed",
    `${plan.file} could not be started: ${why}; ${advice(thrown)}`,
    { cause: thrown },
  );
}

function advice(thrown: unknown): string {
  switch (errnoOf(thrown) ?? "") {
    case "ENOENT":
      return "install the program that runs it, or, for a script, the one that its first line names";
    case "EACCES":
      return "make it executable with chmod +x, on a file system that is not mounted noexec";
    case "EAGAIN":
    case "ENOMEM":
    case "EMFILE":
    case "ENFILE":
      return "the system is short of processes, memory or files; free some, or raise the limit";
    default:
      return "see whether it runs from a shell";
  }
}
