import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import type { ObservedPlugin, PluginState } from "../../../src/manager/ports.ts";
import { StateFeed } from "../../../src/manager/state-feed.ts";

const A = toKey("default", "a");
const B = toKey("default", "b");
const NOTHING: ObservedPlugin = {
  state: "known",
  installed: undefined,
  isEnabled: false,
  configDigest: "",
  instances: [],
};
const CONFIGURED: ObservedPlugin = { ...NOTHING, configDigest: "sha256:1" };

describe("StateFeed", () => {
  test("numbers the changes of all plugins in one row", () => {
    const feed = new StateFeed(1000);
    const numbers = [
      feed.publish(A, CONFIGURED),
      feed.publish(B, CONFIGURED),
      feed.publish(A, { ...CONFIGURED, isEnabled: true }),
    ].map(({ sequence }) => sequence);
    expect(numbers).toEqual([1_000_001, 1_000_002, 1_000_003]);
  });

  test("tells nothing and counts nothing when the state is the same", () => {
    const feed = new StateFeed(1);
    const told: PluginState[] = [];
    feed.subscribe((state) => told.push(state));
    const first = feed.publish(A, CONFIGURED);
    expect(feed.publish(A, { ...CONFIGURED })).toBe(first);
    feed.publish(B, NOTHING);
    expect(told).toEqual([first]);
  });

  test("tells that a plugin is gone, then lists it no more", () => {
    const feed = new StateFeed(1);
    const before = feed.publish(A, CONFIGURED);
    const told: PluginState[] = [];
    const end = feed.subscribe((state) => told.push(state));
    const gone = feed.publish(A, NOTHING);
    expect(told).toEqual([gone]);
    expect(gone.sequence).toBeGreaterThan(before.sequence);
    expect(feed.list()).toEqual([]);
    end();
    feed.publish(A, CONFIGURED);
    expect(told).toHaveLength(1);
  });

  test("keeps its numbers exact for any clock of this age", () => {
    const feed = new StateFeed(Date.UTC(2200, 0, 1) + 0.123);
    const { sequence } = feed.publish(A, CONFIGURED);
    expect(Number.isSafeInteger(sequence)).toBe(true);
  });
});
