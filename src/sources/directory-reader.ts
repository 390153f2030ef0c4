import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import type { Clock, Timer } from "../base/clock.ts";
import type { SourceSnapshot } from "../api/source-snapshot.ts";
import { buildSnapshot } from "./build-snapshot.ts";
import { findGitLock } from "./git-lock.ts";
import { ManifestCache, type ParsedFile, type ParseFile } from "./manifest-cache.ts";
import { scanDirectory, type DirectoryScan } from "./scan-directory.ts";
import type { ScanLimits } from "./scan-limits.ts";

export interface DirectoryReaderOptions {
  /** Absolute. */
  readonly directory: string;
  readonly sourceId: string;
  readonly clock: Clock;
  readonly parse: ParseFile;
  readonly limits: ScanLimits;
  readonly settleMs: number;
  readonly unsettledMs: number;
}

export interface ReadOutcome {
  readonly snapshot: SourceSnapshot;
  /** Equal for snapshots that say the same. */
  readonly digest: string;
  readonly linkedDirectories: readonly string[];
  /** How long one scan took. */
  readonly scanMs: number;
  /** To be read again so soon, whatever the watch says; undefined when all is settled. */
  readonly retryMs: number | undefined;
}

const HELD_RETRY_MS = 1_000;
const FILES_PER_TURN = 20;

/** Reads a directory when it holds still. */
export class DirectoryReader {
  readonly directory: string;
  readonly #options: DirectoryReaderOptions;
  readonly #cache: ManifestCache;
  #last: readonly ParsedFile[] = [];
  /** What was read when all held still, and nothing in it was too fresh to trust its stamp. */
  #settled: { readonly fingerprint: string; readonly outcome: ReadOutcome } | undefined;
  #wait: { readonly timer: Timer; readonly end: () => void } | undefined;
  #isAborted = false;

  constructor(options: DirectoryReaderOptions) {
    this.directory = options.directory;
    this.#options = options;
    const { maxFileBytes } = options.limits;
    this.#cache = new ManifestCache(options.parse, { clock: options.clock, maxFileBytes });
  }

  /** Undefined when there is nothing at the path. */
  realRoot(): string | undefined {
    try {
      return realpathSync(this.directory);
    } catch {
      return undefined;
    }
  }

  /** @returns undefined after {@link abort}. */
  async read(): Promise<ReadOutcome | undefined> {
    const { clock, settleMs, unsettledMs } = this.#options;
    const deadlineMs = clock.monotonicMs() + unsettledMs;
    let before: DirectoryScan | undefined;
    for (;;) {
      const isLate = clock.monotonicMs() >= deadlineMs;
      const lock = findGitLock(this.directory);
      if (lock !== undefined && isLate) return this.#held(lock);
      const startMs = clock.monotonicMs();
      const scan = lock === undefined ? await this.#scan() : undefined;
      const scanMs = clock.monotonicMs() - startMs;
      // A checkout may have begun while the scan was under way.
      const isQuiet = scan !== undefined && findGitLock(this.directory) === undefined;
      if (isQuiet && scan.fingerprint === this.#settled?.fingerprint) return this.#settled.outcome;
      const isSettled = scan?.fingerprint === before?.fingerprint;
      if (isQuiet && (isSettled || isLate)) {
        const outcome = await this.#load(scan, { scanMs, isSettled, isLate });
        if (outcome !== undefined) return outcome;
      }
      before = isQuiet ? scan : undefined;
      await this.#sleep(settleMs);
      if (this.#isAborted) return undefined;
    }
  }

  abort(): void {
    this.#isAborted = true;
    this.#wait?.timer.cancel();
    this.#wait?.end();
  }

  #scan(): Promise<DirectoryScan> {
    return scanDirectory({
      root: this.directory,
      limits: this.#options.limits,
      isPackageManifest: (file) => this.#cache.isPackageManifest(file),
    });
  }

  /** @returns undefined when a file has changed since the scan, unless it is late. */
  async #load(
    scan: DirectoryScan,
    state: { readonly scanMs: number; readonly isSettled: boolean; readonly isLate: boolean },
  ): Promise<ReadOutcome | undefined> {
    const parts: ParsedFile[] = [];
    const reasons = scan.incomplete === "" ? [] : [scan.incomplete];
    const hash = createHash("sha256");
    let unsettled = state.isSettled ? 0 : 1;
    let isTrusted = true;
    for (const [index, file] of scan.files.entries()) {
      const loaded = this.#cache.load(file);
      if (loaded.state === "changing" && !state.isLate) return undefined;
      if (loaded.state === "read") parts.push(loaded.parsed);
      else if (loaded.state === "unreadable") reasons.push(loaded.reason);
      else unsettled += 1;
      isTrusted &&= loaded.state === "read" && !loaded.isRacy;
      hash.update(`${file.path}\0${loaded.state === "read" ? loaded.digest : loaded.state}\0`);
      if (index % FILES_PER_TURN === 0) await new Promise((next) => setImmediate(next));
    }
    if (unsettled > 0) reasons.push(`files in ${this.directory} keep changing`);
    this.#cache.retain(scan.files);
    this.#last = parts;
    const reason = reasons.slice(0, 3).join("; ");
    hash.update(JSON.stringify([reason, scan.problems]));
    const outcome: ReadOutcome = {
      snapshot: this.#snapshot(parts, reason, scan),
      digest: hash.digest("hex"),
      linkedDirectories: scan.linkedDirectories,
      scanMs: state.scanMs,
      retryMs: unsettled > 0 ? HELD_RETRY_MS : undefined,
    };
    const isFinal = isTrusted && unsettled === 0;
    this.#settled = isFinal ? { fingerprint: scan.fingerprint, outcome } : undefined;
    return outcome;
  }

  /** A checkout that does not end: what was there before it, and nothing follows from what is not. */
  #held(lock: string): ReadOutcome {
    const reason = `a git operation is under way (${lock} exists); if no git runs, remove that file`;
    const snapshot = this.#snapshot(this.#last, reason, undefined);
    const digest = `held ${lock} ${snapshot.files}`;
    return { snapshot, digest, linkedDirectories: [], scanMs: 0, retryMs: HELD_RETRY_MS };
  }

  #snapshot(
    parts: readonly ParsedFile[],
    reason: string,
    scan: DirectoryScan | undefined,
  ): SourceSnapshot {
    const { sourceId } = this.#options;
    const source = { sourceId, complete: reason === "", reason };
    return buildSnapshot(source, parts, scan?.problems ?? []);
  }

  #sleep(delayMs: number): Promise<void> {
    if (this.#isAborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.#wait = undefined;
        resolve();
      };
      this.#wait = { timer: this.#options.clock.after(delayMs, end), end };
    });
  }
}
