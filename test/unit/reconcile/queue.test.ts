import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WorkQueue, retryDelayMs } from "../../../src/reconcile/queue.ts";
import { FakeClock, settlePromises } from "../../helpers/fake-clock.ts";
import { propertyRuns } from "../../helpers/property-runs.ts";

/** A queue whose work ends when the test says so. */
function queueOf(workers: number) {
  const clock = new FakeClock();
  const begun: string[] = [];
  const active = new Map<string, () => void>();
  const panics: string[] = [];
  let isTwiceAtOnce = false;
  const queue = new WorkQueue<string>({
    clock,
    workers,
    work: (key) => {
      isTwiceAtOnce ||= active.has(key);
      begun.push(key);
      return new Promise((resolve) => {
        active.set(key, () => {
          active.delete(key);
          resolve();
        });
      });
    },
    onPanic: (key) => panics.push(key),
  });
  const finish = async (key: string): Promise<void> => {
    active.get(key)?.();
    await settlePromises();
  };
  return { clock, queue, begun, active, panics, finish, isTwiceAtOnce: () => isTwiceAtOnce };
}

describe("WorkQueue", () => {
  test("works once on a key that was added many times before its turn", async () => {
    const { queue, begun, finish } = queueOf(1);
    queue.add("a");
    for (let count = 0; count < 5; count += 1) queue.add("b");
    expect(begun).toEqual(["a"]);
    await finish("a");
    await finish("b");
    expect(begun).toEqual(["a", "b"]);
  });

  test("works exactly once more on a key that was added during its work", async () => {
    const { queue, begun, finish } = queueOf(4);
    queue.add("a");
    queue.add("a");
    queue.add("a");
    expect(begun).toEqual(["a"]);
    await finish("a");
    expect(begun).toEqual(["a", "a"]);
    await finish("a");
    expect(begun).toEqual(["a", "a"]);
  });

  test("adds a key at the earliest of the times set for it", async () => {
    const { clock, queue, begun } = queueOf(1);
    queue.addAfter("a", 500);
    queue.addAfter("a", 100);
    queue.addAfter("a", 300);
    await clock.advance(99);
    expect(begun).toEqual([]);
    await clock.advance(1);
    expect(begun).toEqual(["a"]);
    expect(queue.isScheduled("a")).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test("forgets the time set for a key", async () => {
    const { clock, queue, begun } = queueOf(1);
    queue.addAfter("a", 100);
    queue.forget("a");
    await clock.advance(1_000);
    expect(begun).toEqual([]);
  });

  test("goes on when work throws", async () => {
    const panics: string[] = [];
    const done: string[] = [];
    const queue = new WorkQueue<string>({
      clock: new FakeClock(),
      workers: 1,
      work: (key) => {
        done.push(key);
        return key === "bad" ? Promise.reject(new Error("bug")) : Promise.resolve();
      },
      onPanic: (key) => panics.push(key),
    });
    queue.add("bad");
    queue.add("good");
    await settlePromises();
    expect({ panics, done }).toEqual({ panics: ["bad"], done: ["bad", "good"] });
  });

  test("shuts down once the work under way has ended, and begins no more", async () => {
    const { clock, queue, begun, finish } = queueOf(1);
    queue.add("a");
    queue.add("b");
    queue.addAfter("c", 10);
    let isDown = false;
    const down = queue.shutDown().then(() => {
      isDown = true;
    });
    queue.add("d");
    await clock.advance(1_000);
    expect(isDown).toBe(false);
    await finish("a");
    await down;
    expect(begun).toEqual(["a"]);
  });

  test("P8: waits 250 ms after the first failure, doubles up to 60 s, and starts anew when forgotten", () => {
    for (const jitter of [0, 0.5, 0.999]) {
      const delays = Array.from({ length: 12 }, (_, index) => retryDelayMs(index + 1, jitter));
      expect(delays.toSorted((a, b) => a - b)).toEqual(delays);
      expect(delays[0]).toBeCloseTo(250 * (0.8 + 0.4 * jitter), -1);
      expect(delays.at(-1)).toBeCloseTo(60_000 * (0.8 + 0.4 * jitter), -1);
    }
    const { clock, queue } = queueOf(1);
    const firstWaits = [1, 2].map(() => {
      queue.addRateLimited("a");
      const before = clock.monotonicMs();
      clock.step(Infinity);
      const waitMs = clock.monotonicMs() - before;
      queue.forget("a");
      return waitMs;
    });
    expect(firstWaits[0]).toBe(firstWaits[1]);
    expect(firstWaits[0]).toBeGreaterThanOrEqual(200);
  });

  test("P8: starves no key while others are added without end", async () => {
    const { queue, begun, active, finish } = queueOf(2);
    for (const key of ["x", "y", "z"]) queue.add(key);
    queue.add("quiet");
    for (let round = 0; round < 10; round += 1) {
      for (const key of Array.from(active.keys())) {
        if (key !== "quiet") queue.add(key);
        await finish(key);
      }
    }
    expect(begun.slice(0, 6)).toContain("quiet");
  });

  test("P10: never works twice on a key at once, loses no addition, and keeps its bound", async () => {
    const key = fc.constantFrom("a", "b", "c");
    const command = fc.oneof(
      fc.record({ do: fc.constant("add" as const), key }),
      fc.record({ do: fc.constant("finish" as const), key }),
      fc.record({ do: fc.constant("addAfter" as const), key, delayMs: fc.nat({ max: 100 }) }),
      fc.record({ do: fc.constant("pass" as const), key, delayMs: fc.nat({ max: 100 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(command, { maxLength: 30 }),
        async (workers, commands) => {
          const { clock, queue, begun, active, finish, isTwiceAtOnce } = queueOf(workers);
          /** Keys added and not begun on since. */
          const owed = new Set<string>();
          let counted = 0;
          const settle = (): void => {
            for (const each of begun.slice(counted)) owed.delete(each);
            counted = begun.length;
          };
          for (const each of commands) {
            if (each.do === "add") {
              owed.add(each.key);
              queue.add(each.key);
            } else if (each.do === "finish") await finish(each.key);
            else if (each.do === "addAfter") queue.addAfter(each.key, each.delayMs);
            else await clock.advance(each.delayMs);
            settle();
            expect(active.size).toBeLessThanOrEqual(workers);
            expect(isTwiceAtOnce()).toBe(false);
            if (active.size < workers)
              expect([...owed].filter((one) => !active.has(one))).toEqual([]);
          }
          await clock.advance(1_000);
          for (let turn = 0; turn < 20; turn += 1)
            for (const one of Array.from(active.keys())) await finish(one);
          settle();
          expect([...owed]).toEqual([]);
          expect({ active: active.size, waiting: queue.length }).toEqual({ active: 0, waiting: 0 });
        },
      ),
      { numRuns: propertyRuns() },
    );
  });
});
