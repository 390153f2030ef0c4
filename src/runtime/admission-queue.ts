import type { Clock, Timer } from "../base/clock.ts";

export interface Admission {
  /** Gives the place back, or leaves the queue. May be called more than once. */
  release(): void;
}

interface Entry {
  readonly run: () => void;
  timer: Timer | undefined;
}

/**
 * Lets at most `limit` starts run at a time, in order of arrival. The CPU is what starting costs,
 * so a start that is still not ready after `maxHoldMs` waits for something else and gives way.
 */
export class AdmissionQueue {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #maxHoldMs: number;
  readonly #waiting: Entry[] = [];
  readonly #running = new Set<Entry>();
  #isClosed = false;

  constructor(clock: Clock, limits: { readonly limit: number; readonly maxHoldMs: number }) {
    this.#clock = clock;
    this.#limit = limits.limit;
    this.#maxHoldMs = limits.maxHoldMs;
  }

  /** Calls `run` when there is room: never before this returns. */
  admit(run: () => void): Admission {
    const entry: Entry = { run, timer: undefined };
    this.#waiting.push(entry);
    queueMicrotask(() => this.#advance());
    return { release: () => this.#release(entry) };
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    for (const { timer } of this.#running) timer?.cancel();
    this.#running.clear();
  }

  #advance(): void {
    while (!this.#isClosed && this.#running.size < this.#limit) {
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      this.#running.add(entry);
      entry.timer = this.#clock.after(this.#maxHoldMs, () => this.#release(entry));
      entry.run();
    }
  }

  #release(entry: Entry): void {
    entry.timer?.cancel();
    const index = this.#waiting.indexOf(entry);
    if (index !== -1) this.#waiting.splice(index, 1);
    if (this.#running.delete(entry)) this.#advance();
  }
}
