import { copyFileSync, fstatSync, ftruncateSync, statSync } from "node:fs";
import { destination, pino } from "pino";
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";

const MAX_BYTES = 10 * 1024 * 1024;
const CHECK_MS = 60_000;
const STDOUT = 1;
/** What is kept of the log while its disk is full; what comes after is dropped. */
const MAX_UNWRITTEN_BYTES = 256 * 1024;

/**
 * The daemon's own log: JSON lines on standard output, written at once, so that a killed daemon
 * has lost none. Values under the names that secrets go by are cut out. A full disk is no reason
 * to end: lines wait, within bounds, until they can be written.
 *
 * @param level - pino's: debug, info, warn, error.
 */
export function createDaemonLogger(level: string): Logger {
  const stream = destination({ dest: STDOUT, sync: true, maxLength: MAX_UNWRITTEN_BYTES });
  // Each line that follows tries again, so there is nothing else to do, and nowhere to say so.
  stream.on("error", () => {});
  const redact = [
    "config",
    "*.config",
    "password",
    "*.password",
    "token",
    "*.token",
    "data",
    "stringData",
  ];
  return pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, redact },
    stream,
  );
}

/** Keeps the file that standard output was appended to within bounds: copied to `.1`, then cut. */
export function boundDaemonLog(path: string, clock: Clock): Timer {
  let timer: Timer;
  const check = (): void => {
    cutWhenLarge(path);
    timer = clock.after(CHECK_MS, check);
  };
  timer = clock.after(0, check);
  return { cancel: () => timer.cancel() };
}

function cutWhenLarge(path: string): void {
  try {
    const ours = fstatSync(STDOUT);
    const file = statSync(path);
    if (file.ino !== ours.ino || file.dev !== ours.dev || file.size < MAX_BYTES) return;
    try {
      copyFileSync(path, `${path}.1`);
    } finally {
      ftruncateSync(STDOUT, 0);
    }
  } catch {
    // No such file: the daemon runs in the foreground. A full disk: the next check tries again.
  }
}
