import type { Clock, Timer } from "../../src/base/clock.ts";

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that stands still until it is told to move. Timers follow the monotonic time, not the wall's. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Pending>();
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #order = 0;

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#wallOffsetMs = startMs;
  }

  nowMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): Timer {
    this.#order += 1;
    const pending = { atMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order, run };
    this.#timers.add(pending);
    return { cancel: () => this.#timers.delete(pending) };
  }

  /** Somebody sets the host's clock. */
  jump(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs;
  }

  /** Goes to the next timer and runs it. @returns false when there is none until `untilMs`, monotonic. */
  step(untilMs: number): boolean {
    const next = this.#next();
    if (next === undefined || next.atMs > untilMs) {
      this.#monotonicMs = Math.max(this.#monotonicMs, untilMs);
      return false;
    }
    this.#timers.delete(next);
    this.#monotonicMs = Math.max(this.#monotonicMs, next.atMs);
    next.run();
    return true;
  }

  /** Runs every timer that is due within `durationMs`, letting promises settle after each. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + durationMs;
    await settlePromises();
    while (this.step(untilMs)) await settlePromises();
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  #next(): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.atMs < next.atMs) next = timer;
      else if (timer.atMs === next.atMs && timer.order < next.order) next = timer;
    }
    return next;
  }
}

/** Resolves once no promise can go on without outside help. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
