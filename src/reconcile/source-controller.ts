import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { InputObject, StoredObject } from "../api/meta.ts";
import type { SourceDocument, SourceProblem, SourceSnapshot } from "../api/source-snapshot.ts";
import type { Keep } from "../plan/prune-plan.ts";
import { backoffMs, jitterOf } from "../base/backoff.ts";
import { runSourcePass, type PassResult } from "./source-pass.ts";
import { SourceReport } from "./source-report.ts";
import type { SourceStore } from "./source-ports.ts";

export interface SourceControllerOptions {
  readonly store: SourceStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Deletions allowed in one pass beyond the budget; undefined for the budget alone. */
  readonly allowDelete: number | undefined;
  /** What the store makes of an object, so that a plan can be compared with it. */
  readonly toStored?: (object: InputObject) => InputObject;
  /** How long an object must be gone from its source before it is deleted. Default 1,000. */
  readonly pruneDelayMs?: number;
  /** How often a source that has not changed is compared with the store. Default 60,000. */
  readonly resyncMs?: number;
}

/** How a source stands, for `status`. */
export interface SourceStatus {
  readonly sourceId: string;
  readonly complete: boolean;
  /** Why it is not complete, or why the last pass could not end; empty when all is well. */
  readonly reason: string;
  /** Objects in its inventory. */
  readonly objects: number;
  readonly problems: readonly SourceProblem[];
  /** RFC 3339: when a pass last reached its end; undefined before the first. */
  readonly lastSyncTime: string | undefined;
  readonly keptFromDeletion: readonly Keep[];
}

interface SourceState {
  snapshot: SourceSnapshot;
  isDirty: boolean;
  isRunning: boolean;
  failures: number;
  timer: Timer | undefined;
  error: string;
  lastSyncTime: string | undefined;
  result: PassResult | undefined;
  /** When an object was first seen to be gone, in monotonic ms, by identity. */
  readonly absentSince: Map<string, number>;
  readonly settled: WeakMap<SourceDocument, StoredObject>;
  readonly report: SourceReport;
}

const WAITING_RETRY_MS = 500;
const RETRY_CURVE = { initialDelayMs: 250, maxDelayMs: 60_000 };

/** Keeps the store saying what the sources say. One pass at a time for each source; the newest snapshot wins. */
export class SourceController {
  readonly #options: SourceControllerOptions;
  readonly #states = new Map<string, SourceState>();
  readonly #passes = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: SourceControllerOptions) {
    this.#options = options;
  }

  /** Takes a source's newest snapshot; a pass over an older one ends before its next write. */
  submit(snapshot: SourceSnapshot): void {
    const state = this.#states.get(snapshot.sourceId) ?? this.#newState(snapshot);
    state.snapshot = snapshot;
    state.failures = 0;
    this.#states.set(snapshot.sourceId, state);
    this.#wake(state);
  }

  /** Compares every source with the store again: something else has changed objects there. */
  resync(): void {
    for (const state of this.#states.values()) this.#wake(state);
  }

  status(): readonly SourceStatus[] {
    return [...this.#states.values()].map(({ snapshot, result, error, lastSyncTime }) => ({
      sourceId: snapshot.sourceId,
      complete: snapshot.complete,
      reason: snapshot.complete ? error : snapshot.reason,
      objects: this.#options.store.inventory(snapshot.sourceId).length,
      problems: result?.problems ?? snapshot.problems,
      lastSyncTime,
      keptFromDeletion: (result?.keeps ?? []).filter(({ reason }) => reason !== "Unconfirmed"),
    }));
  }

  /** Ends every pass between two writes, and waits for that. What is half done is done by the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const state of this.#states.values()) state.timer?.cancel();
    await Promise.all(this.#passes);
  }

  #newState(snapshot: SourceSnapshot): SourceState {
    const { store, logger } = this.#options;
    return {
      snapshot,
      isDirty: false,
      isRunning: false,
      failures: 0,
      timer: undefined,
      error: "",
      lastSyncTime: undefined,
      result: undefined,
      absentSince: new Map(),
      settled: new WeakMap(),
      report: new SourceReport(snapshot.sourceId, { store, logger }),
    };
  }

  #wake(state: SourceState): void {
    if (this.#isClosed) return;
    state.isDirty = true;
    if (state.isRunning) return;
    state.isRunning = true;
    const pass = this.#drain(state).finally(() => this.#passes.delete(pass));
    this.#passes.add(pass);
  }

  /** A snapshot or a wish to look again that comes meanwhile gives exactly one more pass. */
  async #drain(state: SourceState): Promise<void> {
    let delayMs = 0;
    while (state.isDirty && !this.#isClosed) {
      state.isDirty = false;
      state.timer?.cancel();
      delayMs = await this.#pass(state);
    }
    state.isRunning = false;
    if (this.#isClosed) return;
    state.timer = this.#options.clock.after(delayMs, () => this.#wake(state));
  }

  /** @returns Milliseconds until the next look. */
  async #pass(state: SourceState): Promise<number> {
    const { clock, logger } = this.#options;
    const { snapshot } = state;
    try {
      const result = await runSourcePass({
        ...this.#options,
        snapshot,
        confirmedAbsent: this.#confirmedAbsent(state),
        settled: state.settled,
        isStale: () => this.#isClosed || state.snapshot !== snapshot,
      });
      if (result === undefined) return 0;
      state.result = result;
      state.error = "";
      state.report.publish(snapshot, result);
      state.lastSyncTime = new Date(clock.nowMs()).toISOString().replace(/\.\d+Z$/, "Z");
      return this.#nextLookMs(state, result);
    } catch (thrown) {
      state.error = thrown instanceof Error ? thrown.message : String(thrown);
      logger.error({ err: thrown, source: snapshot.sourceId }, "a pass over a source failed");
      return this.#retryMs(state);
    }
  }

  #nextLookMs(state: SourceState, result: PassResult): number {
    const { clock, pruneDelayMs = 1_000, resyncMs = 60_000 } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#noteAbsences(state, result, nowMs);
    if (result.isRetryable) return this.#retryMs(state);
    state.failures = 0;
    const waits = [resyncMs * (0.9 + 0.2 * jitterOf(`${state.snapshot.sourceId}${nowMs}`))];
    if (result.isWaiting) waits.push(WAITING_RETRY_MS);
    // Also when the delay ran out during the pass: only the next one may delete.
    for (const sinceMs of state.absentSince.values()) {
      waits.push(Math.max(0, sinceMs + pruneDelayMs - nowMs));
    }
    return waits.reduce((least, waitMs) => Math.min(least, waitMs));
  }

  #retryMs(state: SourceState): number {
    state.failures += 1;
    const jitter = jitterOf(`${state.snapshot.sourceId}${state.failures}`);
    return backoffMs(RETRY_CURVE, state.failures, jitter);
  }

  /** Keeps the first time of those that are still gone. */
  #noteAbsences({ absentSince }: SourceState, result: PassResult, nowMs: number): void {
    const absent = new Set(result.absent);
    for (const key of absentSince.keys()) if (!absent.has(key)) absentSince.delete(key);
    for (const key of absent) if (!absentSince.has(key)) absentSince.set(key, nowMs);
  }

  #confirmedAbsent({ absentSince }: SourceState): ReadonlySet<string> {
    const { clock, pruneDelayMs = 1_000 } = this.#options;
    const limitMs = clock.monotonicMs() - pruneDelayMs;
    return new Set([...absentSince].flatMap(([key, sinceMs]) => (sinceMs <= limitMs ? [key] : [])));
  }
}
