import { resolve } from "node:path";
import { jitterOf } from "../base/backoff.ts";
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { SourceSnapshot } from "../api/source-snapshot.ts";
import { identityOf } from "./scan-directory.ts";
import { DirectoryReader, type ReadOutcome } from "./directory-reader.ts";
import type { ParseFile } from "./manifest-cache.ts";
import { SCAN_LIMITS, type ScanLimits } from "./scan-limits.ts";
import { watchDirectories, type DirectoryWatch } from "./watch-directories.ts";

export interface DirectorySourceOptions {
  /** Watched with all that is below it. May be missing, and come later. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly parse: ParseFile;
  /** Called with the first snapshot and with each one that says something new. */
  readonly onSnapshot: (snapshot: SourceSnapshot) => void;
  readonly limits?: Partial<ScanLimits>;
  readonly timing?: Partial<DirectoryTiming>;
}

export interface DirectoryTiming {
  /** From the first sign of a change to the first scan, so that a burst is one. Default 15. */
  readonly coalesceMs: number;
  /** Between the two scans that must agree. Default 25. */
  readonly settleMs: number;
  /** A directory that goes on changing for so long is shown as incomplete. Default 5,000. */
  readonly unsettledMs: number;
  /** How often it is seen whether the directory is still the same one. Default 1,000. */
  readonly probeMs: number;
  /** How often everything is scanned though nothing was heard. Default 20,000. */
  readonly rescanMs: number;
}

const TIMING: DirectoryTiming = {
  coalesceMs: 15,
  settleMs: 25,
  unsettledMs: 5_000,
  probeMs: 1_000,
  rescanMs: 20_000,
};
/** A safety rescan may take 1/500 of a core. */
const RESCAN_COST_FACTOR = 500;

type TimerName = "change" | "settled" | "retry" | "probe" | "rescan";
/** Long enough for a watch on a new directory to be there. */
const NEW_DIRECTORY_MS = 500;

/**
 * A directory of manifests as a source of complete snapshots. The watch only says that something
 * has changed; the truth is a scan of everything, twice the same.
 */
export class DirectorySource {
  readonly sourceId: string;
  readonly #options: DirectorySourceOptions;
  readonly #timing: DirectoryTiming;
  readonly #reader: DirectoryReader;
  #watch: DirectoryWatch | undefined;
  #watchedIdentity: string | undefined;
  #timers = new Map<TimerName, Timer>();
  #work: Promise<void> | undefined;
  #isDirty = false;
  #isClosed = false;
  #published: string | undefined;
  #onStarted: () => void = () => {};

  constructor(options: DirectorySourceOptions) {
    const directory = resolve(options.directory);
    this.sourceId = `directory:${directory}`;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#reader = new DirectoryReader({
      directory,
      sourceId: this.sourceId,
      clock: options.clock,
      parse: options.parse,
      limits: { ...SCAN_LIMITS, ...options.limits },
      settleMs: this.#timing.settleMs,
      unsettledMs: this.#timing.unsettledMs,
    });
  }

  /** Watches, and resolves when the first snapshot has been given. */
  async start(): Promise<void> {
    const started = new Promise<void>((done) => (this.#onStarted = done));
    this.#probeLater();
    this.#wake();
    await started;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#reader.abort();
    await this.#work;
    await this.#watch?.close();
    this.#onStarted();
  }

  /** Something may have changed: looks shortly, together with what else comes in meanwhile. */
  #onChange(): void {
    if (this.#isClosed || this.#timers.has("change")) return;
    this.#later("change", this.#timing.coalesceMs, () => this.#wake());
  }

  #wake(): void {
    if (this.#isClosed) return;
    this.#isDirty = true;
    this.#work ??= this.#readUntilClean().finally(() => {
      this.#work = undefined;
      if (this.#isDirty) this.#wake();
    });
  }

  async #readUntilClean(): Promise<void> {
    const { logger } = this.#options;
    let costMs = 0;
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      try {
        await this.#rewatch();
        const outcome = await this.#reader.read();
        if (outcome === undefined) return;
        costMs = outcome.scanMs;
        this.#publish(outcome);
      } catch (thrown) {
        logger.error({ err: thrown, source: this.sourceId }, "reading a source failed");
      }
    }
    const delayMs = Math.max(this.#timing.rescanMs, costMs * RESCAN_COST_FACTOR);
    const jitter = 0.9 + 0.2 * jitterOf(`${this.sourceId}${this.#options.clock.nowMs()}`);
    this.#later("rescan", delayMs * jitter, () => this.#wake());
  }

  #publish({ snapshot, digest, linkedDirectories, retryMs }: ReadOutcome): void {
    this.#watch?.include(linkedDirectories);
    if (retryMs !== undefined) this.#later("retry", retryMs, () => this.#wake());
    if (this.#isClosed || digest === this.#published) return;
    this.#published = digest;
    this.#options.onSnapshot(snapshot);
    this.#onStarted();
  }

  /** Watches the directory that is there now; it may be another one than before. */
  async #rewatch(): Promise<void> {
    const { directory } = this.#reader;
    const identity = identityOf(directory);
    if (identity === this.#watchedIdentity) return;
    await this.#watch?.close();
    this.#watch = undefined;
    this.#watchedIdentity = identity;
    const realRoot = this.#reader.realRoot();
    if (realRoot === undefined) return;
    this.#watch = watchDirectories(realRoot, {
      onChange: () => this.#onChange(),
      onNewDirectory: () => {
        this.#onChange();
        this.#later("settled", NEW_DIRECTORY_MS, () => this.#wake());
      },
      // What was written before the kernel watched has been seen by nobody.
      onReady: () => this.#onChange(),
      onError: (error) => {
        const fields = { err: error, source: this.sourceId };
        this.#options.logger.warn(fields, "watching a directory failed; relying on rescans");
      },
    });
  }

  /** A missing, remounted or swapped directory has no watch that would tell. */
  #probeLater(): void {
    this.#later("probe", this.#timing.probeMs, () => {
      if (identityOf(this.#reader.directory) !== this.#watchedIdentity) this.#wake();
      this.#probeLater();
    });
  }

  #later(name: TimerName, delayMs: number, run: () => void): void {
    this.#timers.get(name)?.cancel();
    if (this.#isClosed) return;
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(name);
      run();
    });
    this.#timers.set(name, timer);
  }
}
