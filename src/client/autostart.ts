import { spawn } from "node:child_process";
import { closeSync, existsSync, fchmodSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PortunixError } from "../base/errors.ts";
import { makePrivateDirectory } from "../base/make-directory.ts";
import type { ApiClient } from "./api-client.ts";
import type { Home } from "./home.ts";

export interface StartOptions {
  readonly home: Home;
  /** The CLI's own executable script, run again with `serve`. */
  readonly binPath: string;
  /** Added after `serve`. */
  readonly serveArguments?: readonly string[];
}

const START_DEADLINE_MS = 20_000;
const POLL_MS = 20;
const LOG_TAIL_BYTES = 4096;
const LOG_TAIL_LINES = 10;

/** Whether a daemon is there and ready; false when there is none. Other faults reject. */
export async function isDaemonReady(client: ApiClient): Promise<boolean> {
  try {
    await client.ready();
    return true;
  } catch (thrown) {
    if (thrown instanceof PortunixError && thrown.code === "DaemonUnreachable") return false;
    throw thrown;
  }
}

/** Whether a daemon has run in this home, so that there is something to show. */
export function hasState(home: Home): boolean {
  return existsSync(home.databasePath);
}

/**
 * Starts a daemon that outlives this process, and waits until it is ready. Several callers at
 * once are fine: the store's lock lets one daemon win, and all wait for that one.
 */
export async function startDaemon(client: ApiClient, options: StartOptions): Promise<void> {
  const logStart = logSize(options.home);
  const ended = launch(options);
  const deadline = performance.now() + START_DEADLINE_MS;
  while (performance.now() < deadline) {
    if (await isDaemonReady(client)) return;
    await sleep(POLL_MS);
    // The loser of a race exits while the winner is still starting; any other exit is a failure.
    if (ended.code !== undefined && !isRaceLost(ended.code)) {
      if (await isDaemonReady(client)) return;
      throw startError(options.home, `it exited (${ended.code})`, logStart);
    }
  }
  throw startError(
    options.home,
    `it was not ready in ${START_DEADLINE_MS / 1000} seconds`,
    logStart,
  );
}

/** The exit status of a daemon that found another one in its home: DaemonRunning. */
function isRaceLost(code: number | string): boolean {
  return code === 75;
}

function launch({ home, binPath, serveArguments }: StartOptions): { code?: number | string } {
  const log = openLog(home);
  const ended: { code?: number | string } = {};
  try {
    const child = spawn(process.execPath, [binPath, "serve", ...(serveArguments ?? [])], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, PORTUNIX_HOME: home.directory },
    });
    child.on("error", (error) => (ended.code = error.message));
    child.on("exit", (code, signal) => (ended.code = code ?? signal ?? "unknown"));
    child.unref();
  } finally {
    closeSync(log);
  }
  return ended;
}

function openLog(home: Home): number {
  try {
    makePrivateDirectory(home.directory);
    const log = openSync(home.logPath, "a", 0o600);
    fchmodSync(log, 0o600);
    return log;
  } catch (thrown) {
    throw new PortunixError(
      "StorageFailed",
      `cannot write ${home.logPath}: ${String(thrown)}; make the directory writable, or set PORTUNIX_HOME to another one`,
      { cause: thrown },
    );
  }
}

function logSize(home: Home): number {
  return readLog(home, Number.MAX_SAFE_INTEGER).size;
}

function startError(home: Home, what: string, logStart: number): PortunixError {
  const lines = readLog(home, logStart).text.trimEnd().split("\n").slice(-LOG_TAIL_LINES);
  const said =
    lines.join("\n") === ""
      ? "it printed nothing"
      : `its last words:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  return new PortunixError(
    "DaemonUnreachable",
    `the daemon for ${home.directory} did not start: ${what}; ${said}\nSee ${home.logPath}, or run it in the foreground: portunix serve`,
  );
}

/** The end of the log, no more than a few kilobytes, and nothing from before `start`. */
function readLog(home: Home, start: number): { size: number; text: string } {
  try {
    const file = openSync(home.logPath, "r");
    try {
      const { size } = fstatSync(file);
      const from = Math.min(size, Math.max(start, size - LOG_TAIL_BYTES));
      const bytes = Buffer.alloc(size - from);
      readSync(file, bytes, 0, bytes.length, from);
      return { size, text: bytes.toString("utf8") };
    } finally {
      closeSync(file);
    }
  } catch {
    return { size: 0, text: "" };
  }
}
