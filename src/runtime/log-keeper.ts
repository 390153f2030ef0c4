import { PortunixError } from "../base/errors.ts";
import { logPath, prepareLogs, rotateLog } from "./instance-log.ts";
import type { RuntimeHost } from "./runtime-host.ts";

export interface LogOf {
  readonly directory: string;
  readonly ordinal: number;
  readonly instanceId: string;
}

/** A log that had to be rotated fills up fast: it is looked at more often. */
const FLOOD_LOOK_MS = 100;

/** Keeps the log of one instance within its bounds. */
export class LogKeeper {
  readonly path: string;
  readonly #host: RuntimeHost;
  readonly #of: LogOf;
  #isRotating = false;
  #isClosed = false;

  constructor(host: RuntimeHost, of: LogOf) {
    this.#host = host;
    this.#of = of;
    this.path = logPath(of.directory, of.ordinal, of.instanceId);
  }

  /** Before the launch: makes the directory, and room in it. */
  prepare(): void {
    prepareLogs(this.#of.directory, this.#of.ordinal);
  }

  look(): void {
    if (!this.#isRotating && !this.#isClosed) void this.#rotate();
  }

  close(): void {
    this.#isClosed = true;
  }

  async #rotate(): Promise<void> {
    this.#isRotating = true;
    try {
      const isFlooded = await rotateLog(this.path, this.#host.limits.logMaxBytes);
      if (isFlooded) this.#host.clock.after(FLOOD_LOOK_MS, () => this.look());
    } catch (thrown) {
      const { message } = PortunixError.from(thrown);
      this.#host.logger.warn({ path: this.path, error: message }, "log cannot be rotated");
    } finally {
      this.#isRotating = false;
    }
  }
}
