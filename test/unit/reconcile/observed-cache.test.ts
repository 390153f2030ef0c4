import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { PortunixError } from "../../../src/base/errors.ts";
import { ObservedCache } from "../../../src/reconcile/observed-cache.ts";
import type { HostState, HostWatchHandlers, PluginHost } from "../../../src/reconcile/ports.ts";
import { FakeClock, settlePromises } from "../../helpers/fake-clock.ts";

const key = toKey("default", "a");
const other = toKey("default", "b");

function state(sequence: number, version: string | undefined, of = key): HostState {
  const installed = version === undefined ? undefined : { name: "p", version, digest: version };
  return {
    key: of,
    sequence,
    observed: { state: "known", installed, isEnabled: false, configDigest: "", instances: [] },
  };
}

function cacheOf() {
  const clock = new FakeClock();
  const watches: { handlers: HostWatchHandlers; end: (thrown?: unknown) => void }[] = [];
  const told: string[] = [];
  let listed: HostState[] = [];
  const host = {
    watch: (handlers: HostWatchHandlers) =>
      new Promise<void>((resolve, reject) => {
        watches.push({
          handlers,
          end: (thrown) => (thrown === undefined ? resolve() : reject(thrown)),
        });
      }),
    list: () => Promise.resolve(listed),
  } as unknown as PluginHost;
  const cache = new ObservedCache({
    host,
    clock,
    logger: silentLogger,
    onChange: (changed) => told.push(changed),
    onSynced: () => told.push("synced"),
    onBroken: () => told.push("broken"),
  });
  cache.start();
  const list = (states: HostState[]): void => {
    listed = states;
  };
  return { cache, clock, watches, told, list, signal: new AbortController().signal };
}

function versionOf(cache: ObservedCache, of = key): string | undefined {
  const observed = cache.get(of);
  return observed.state === "known" ? observed.installed?.version : observed.state;
}

describe("ObservedCache", () => {
  test("knows nothing until the first sync, and then also what is not there", () => {
    const { cache, watches, told } = cacheOf();
    watches[0]?.handlers.onState(state(3, "1.0.0"));
    expect(versionOf(cache)).toBe("unknown");
    watches[0]?.handlers.onSynced();
    expect(versionOf(cache)).toBe("1.0.0");
    expect(versionOf(cache, other)).toBeUndefined();
    expect(told).toEqual(["synced"]);
  });

  test("never lets an older state replace a newer one, wherever it comes from", () => {
    const { cache, watches } = cacheOf();
    watches[0]?.handlers.onSynced();
    cache.take(state(5, "2.0.0"));
    watches[0]?.handlers.onState(state(4, "1.0.0"));
    cache.take(state(5, "1.0.0"));
    expect(versionOf(cache)).toBe("2.0.0");
    cache.take(state(6, undefined));
    watches[0]?.handlers.onState(state(5, "2.0.0"));
    expect(versionOf(cache)).toBeUndefined();
    expect(cache.keys()).toEqual([]);
  });

  test("does not believe a state from before the list in which its plugin is missing", () => {
    const { cache, watches } = cacheOf();
    watches[0]?.handlers.onState(state(9, "1.0.0", other));
    watches[0]?.handlers.onSynced();
    cache.take(state(8, "1.0.0"));
    expect(versionOf(cache)).toBeUndefined();
  });

  test.each([undefined, new PortunixError("PluginUnavailable", "gone")])(
    "trusts nothing from a broken watch until it is synced again (%s)",
    async (thrown) => {
      const { cache, clock, watches, told } = cacheOf();
      watches[0]?.handlers.onState(state(9, "1.0.0"));
      watches[0]?.handlers.onSynced();
      watches[0]?.end(thrown);
      await settlePromises();
      expect(versionOf(cache)).toBe("unknown");
      watches[0]?.handlers.onState(state(10, "1.0.0"));
      cache.take(state(11, "1.0.0"));
      await clock.advance(100);
      expect(watches.length).toBe(2);
      // A new gateway counts from the beginning again.
      watches[1]?.handlers.onState(state(1, "3.0.0"));
      expect(versionOf(cache)).toBe("unknown");
      watches[1]?.handlers.onSynced();
      expect(versionOf(cache)).toBe("3.0.0");
      expect(told).toEqual(["synced", "broken", "synced"]);
    },
  );

  test("waits longer from try to try while the gateway stays away, at most 5 s", async () => {
    const { cache, clock, watches } = cacheOf();
    const gaps: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const before = clock.monotonicMs();
      watches.at(-1)?.end(new Error("no socket"));
      await settlePromises();
      clock.step(Infinity);
      await settlePromises();
      gaps.push(clock.monotonicMs() - before);
    }
    expect(gaps).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    cache.stop();
  });

  test("finds by a list what the watch has lost", async () => {
    const { cache, watches, told, list, signal } = cacheOf();
    watches[0]?.handlers.onState(state(1, "1.0.0"));
    watches[0]?.handlers.onState(state(2, "1.0.0", other));
    watches[0]?.handlers.onSynced();
    list([state(4, "2.0.0")]);
    await cache.relist(signal);
    expect([versionOf(cache), versionOf(cache, other)]).toEqual(["2.0.0", undefined]);
    expect(told).toEqual(["synced", key, other]);
  });

  test("keeps what has changed while the list was on its way", async () => {
    const { cache, watches, list, signal } = cacheOf();
    watches[0]?.handlers.onState(state(1, "1.0.0"));
    watches[0]?.handlers.onSynced();
    list([]);
    const relisted = cache.relist(signal);
    cache.take(state(3, "2.0.0"));
    cache.take(state(4, "1.0.0", other));
    await relisted;
    expect([versionOf(cache), versionOf(cache, other)]).toEqual(["2.0.0", "1.0.0"]);
  });
});
