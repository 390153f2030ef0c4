import type { Clock } from "../../base/clock.ts";

export interface RateLimits {
  /** What a client may send in the long run. */
  readonly requestsPerSecond: number;
  /** What it may send at once after a rest. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const MAX_CLIENTS = 4_096;

/** A token bucket for each client. */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #clock: Clock;
  /** Those that have sent longest ago come first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: RateLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Counts a request. @returns 0, or after how many seconds the client may send it again. */
  take(client: string): number {
    const { requestsPerSecond, burst } = this.#limits;
    const nowMs = this.#clock.monotonicMs();
    const { tokens, atMs } = this.#buckets.get(client) ?? { tokens: burst, atMs: nowMs };
    const filled = Math.min(burst, tokens + ((nowMs - atMs) / 1000) * requestsPerSecond);
    const isAllowed = filled >= 1;
    this.#buckets.delete(client);
    this.#buckets.set(client, { tokens: isAllowed ? filled - 1 : filled, atMs: nowMs });
    this.#forgetSurplus();
    return isAllowed ? 0 : Math.max(1, Math.ceil((1 - filled) / requestsPerSecond));
  }

  #forgetSurplus(): void {
    for (const client of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_CLIENTS) return;
      this.#buckets.delete(client);
    }
  }
}
