export interface BackoffCurve {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * The wait before attempt `failures + 1`: initial x 2^(failures-1), capped, then jittered by +-10 %
 * so that plugins felled together do not rise together.
 *
 * @param failures - Failures in a row so far; an integer from 1.
 * @param jitter - Uniform in [0, 1). Passed in, so that the result is exact in tests.
 * @returns Milliseconds, an integer from 0 to 1.1 x `maxDelayMs`.
 */
export function backoffMs(curve: BackoffCurve, failures: number, jitter: number): number {
  const doubled = curve.initialDelayMs * 2 ** Math.min(30, Math.max(0, failures - 1));
  return Math.round(Math.min(curve.maxDelayMs, doubled) * (0.9 + 0.2 * jitter));
}

/** A number in [0, 1) that depends on `text` alone (FNV-1a), for jitter that can be replayed. */
export function jitterOf(text: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  }
  return (hash >>> 0) / 2 ** 32;
}
