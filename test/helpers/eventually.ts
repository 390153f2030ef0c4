/**
 * Runs `check` until it returns without throwing, and gives its result; after `deadlineMs` its
 * last error stands. The one way for a test to wait: for a condition, never for a time.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  deadlineMs = 15_000,
  intervalMs = 20,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (thrown) {
      if (performance.now() > end) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
