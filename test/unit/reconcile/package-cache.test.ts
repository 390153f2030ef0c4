import { describe, expect, test } from "vitest";
import { PortunixError } from "../../../src/base/errors.ts";
import { PackageCache } from "../../../src/reconcile/package-cache.ts";
import type { ResolvedSource } from "../../../src/reconcile/ports.ts";
import { FakeClock, settlePromises } from "../../helpers/fake-clock.ts";
import { simPackage } from "../../helpers/sim-package.ts";

function cacheOf() {
  const clock = new FakeClock();
  const asked: {
    answer: (source: ResolvedSource) => void;
    fail: () => void;
    signal: AbortSignal;
  }[] = [];
  const cache = new PackageCache(
    {
      resolve: (_path, signal) =>
        new Promise((resolve, reject) => {
          const fail = () => reject(new PortunixError("PackageNotFound", "no plugin.yaml there"));
          asked.push({ answer: resolve, fail, signal });
        }),
    },
    clock,
  );
  return { cache, clock, asked, ...signals() };
}

function signals() {
  const abort = new AbortController();
  return { abort, signal: abort.signal, other: new AbortController().signal };
}

const { source } = simPackage("k", "1.0.0", {});

describe("PackageCache", () => {
  test("asks once for all who wait, and keeps the answer for a while", async () => {
    const { cache, clock, asked, signal, other } = cacheOf();
    const both = Promise.all([cache.resolve("/p", signal), cache.resolve("/p", other)]);
    asked[0]?.answer(source);
    expect(await both).toEqual([
      { state: "resolved", source },
      { state: "resolved", source },
    ]);
    await clock.advance(9_999);
    await cache.resolve("/p", signal);
    expect(asked.length).toBe(1);
    await clock.advance(1);
    void cache.resolve("/p", signal);
    expect(asked.length).toBe(2);
  });

  test("tells a failure as a fact, and asks again soon", async () => {
    const { cache, clock, asked, signal } = cacheOf();
    const first = cache.resolve("/p", signal);
    asked[0]?.fail();
    expect(await first).toEqual({
      state: "unresolved",
      code: "PackageNotFound",
      message: "no plugin.yaml there",
    });
    await clock.advance(1_000);
    void cache.resolve("/p", signal);
    expect(asked.length).toBe(2);
  });

  test("lets one who waits go, without taking the answer from the others", async () => {
    const { cache, asked, abort, signal, other } = cacheOf();
    const first = cache.resolve("/p", signal);
    const second = cache.resolve("/p", other);
    abort.abort(new PortunixError("Conflict", "changed meanwhile"));
    await expect(first).rejects.toThrow("changed meanwhile");
    expect(asked[0]?.signal.aborted).toBe(false);
    asked[0]?.answer(source);
    expect(await second).toEqual({ state: "resolved", source });
  });

  test("stops asking when nobody waits any more", async () => {
    const { cache, asked, abort, signal, other } = cacheOf();
    const only = cache.resolve("/p", signal);
    abort.abort(new PortunixError("Conflict", "changed meanwhile"));
    await expect(only).rejects.toThrow();
    expect(asked[0]?.signal.aborted).toBe(true);
    await settlePromises();
    void cache.resolve("/p", other);
    expect(asked.length).toBe(2);
  });

  test("gives up on a source that does not answer", async () => {
    const { cache, clock, signal } = cacheOf();
    const hanging = cache.resolve("/p", signal);
    await clock.advance(30_000);
    expect(await hanging).toMatchObject({ state: "unresolved", code: "PluginUnavailable" });
  });

  test("asks again once invalidated", async () => {
    const { cache, asked, signal } = cacheOf();
    const first = cache.resolve("/p", signal);
    asked[0]?.answer(source);
    await first;
    cache.invalidate("/p");
    void cache.resolve("/p", signal);
    expect(asked.length).toBe(2);
  });
});
