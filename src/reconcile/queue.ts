import { jitterOf } from "../base/backoff.ts";
import type { Clock, Timer } from "../base/clock.ts";

export interface WorkQueueOptions<Key extends string> {
  readonly clock: Clock;
  /** Most keys worked on at one time; an integer from 1. */
  readonly workers: number;
  /** Works on one key. Whatever it throws is given to `onPanic`; the queue goes on. */
  readonly work: (key: Key) => Promise<void>;
  readonly onPanic: (key: Key, thrown: unknown) => void;
}

const RETRY_INITIAL_DELAY_MS = 250;
const RETRY_MAX_DELAY_MS = 60_000;
/** Head slots that may stay empty before the list is cut. */
const COMPACT_AT = 1024;

/**
 * A queue of keys, not of events. A key that is added many times before its turn is worked on
 * once; one that is added during its work is worked on exactly once more; no key is ever worked
 * on twice at the same time. First come, first served, so that no key starves.
 *
 * @see https://github.com/kubernetes/client-go/blob/master/util/workqueue/queue.go
 */
export class WorkQueue<Key extends string> {
  readonly #options: WorkQueueOptions<Key>;
  /** Keys whose turn is to come, in order; those before `#head` are done with. */
  #order: Key[] = [];
  #head = 0;
  /** Keys that need work: those in order, and those in work that were added again. */
  readonly #dirty = new Set<Key>();
  readonly #processing = new Set<Key>();
  readonly #timers = new Map<Key, { readonly atMs: number; readonly timer: Timer }>();
  readonly #failures = new Map<Key, number>();
  #isShutDown = false;
  #onIdle: (() => void) | undefined;

  constructor(options: WorkQueueOptions<Key>) {
    this.#options = options;
  }

  /** Keys that wait for their turn; not those that wait for a time. */
  get length(): number {
    return this.#order.length - this.#head;
  }

  /** Whether a time is set at which the key is added. */
  isScheduled(key: Key): boolean {
    return this.#timers.has(key);
  }

  add(key: Key): void {
    if (this.#isShutDown || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (this.#processing.has(key)) return;
    this.#order.push(key);
    this.#dispatch();
  }

  /** Adds the key once `delayMs` have passed. One time is kept per key: the earliest. */
  addAfter(key: Key, delayMs: number): void {
    if (this.#isShutDown) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const atMs = this.#options.clock.monotonicMs() + delayMs;
    const pending = this.#timers.get(key);
    if (pending !== undefined && pending.atMs <= atMs) return;
    pending?.timer.cancel();
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { atMs, timer });
  }

  /** Adds the key later: 250 ms after the first failure, twice as long after each further one, at most 60 s; each +-20 %. */
  addRateLimited(key: Key): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, retryDelayMs(failures, jitterOf(`${key}#${failures}`)));
  }

  /** Forgets the key's failures and the time set for it. Work that is due or under way goes on. */
  forget(key: Key): void {
    this.#failures.delete(key);
    this.#timers.get(key)?.timer.cancel();
    this.#timers.delete(key);
  }

  /** Takes no more keys and begins no more work. Resolves once the work under way has ended. */
  async shutDown(): Promise<void> {
    this.#isShutDown = true;
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#order = [];
    this.#head = 0;
    this.#dirty.clear();
    if (this.#processing.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #dispatch(): void {
    while (this.#processing.size < this.#options.workers) {
      const key = this.#take();
      if (key === undefined) return;
      void this.#run(key);
    }
  }

  #take(): Key | undefined {
    const key = this.#order[this.#head];
    if (key === undefined) return undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }

  async #run(key: Key): Promise<void> {
    try {
      await this.#options.work(key);
    } catch (thrown) {
      this.#options.onPanic(key, thrown);
    }
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#order.push(key);
    this.#dispatch();
    if (this.#processing.size === 0) this.#onIdle?.();
  }
}

/** @param jitter - Uniform in [0, 1). */
export function retryDelayMs(failures: number, jitter: number): number {
  const doubled = RETRY_INITIAL_DELAY_MS * 2 ** Math.min(30, failures - 1);
  return Math.round(Math.min(RETRY_MAX_DELAY_MS, doubled) * (0.8 + 0.4 * jitter));
}
