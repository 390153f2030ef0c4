/** The only way to ask for the time outside of `systemClock`: tests pass a clock of their own. */
export interface Clock {
  /** Unix epoch, milliseconds. May jump either way when the host's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary origin; never goes back. Use it for durations. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout's limit, 2^31-1 ms; a longer delay fires at once in Node, so it is cut here. */
const MAX_DELAY_MS = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
