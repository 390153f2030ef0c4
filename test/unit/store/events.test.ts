import { describe, expect, test } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { type CoreEvent, eventDefinition } from "../../../src/api/event-definition.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { openDatabase } from "../../../src/store/database.ts";
import type { EventRecord } from "../../../src/store/event-recorder.ts";
import { MIGRATIONS } from "../../../src/store/migrations.ts";
import { Store } from "../../../src/store/store.ts";
import { tempPath, testClock, testStore } from "./fixture.ts";

const HOUR_MS = 3_600_000;

function record(name: string, message = "it ended", uid = "u1"): EventRecord {
  const involvedObject = {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    namespace: "default",
    name,
    uid,
  };
  return { involvedObject, type: "Warning", reason: "Exited", message, component: "reconciler" };
}

function eventsOf(store: Store): readonly CoreEvent[] {
  return store.list(eventDefinition, undefined).items as readonly CoreEvent[];
}

async function eventStore(path = tempPath()) {
  const clock = testClock();
  const store = await testStore({ path, clock, definitions: allDefinitions });
  return { store, clock, path };
}

describe("an event", () => {
  test("is a core/v1 object beside the object it is about", async () => {
    const { store, clock } = await eventStore();
    store.events.record(record("a"));
    await clock.advance(100);
    expect(eventsOf(store)).toEqual([
      expect.objectContaining({
        apiVersion: "v1",
        kind: "Event",
        metadata: expect.objectContaining({
          name: expect.stringMatching(/^a\.[0-9a-f]{16}$/),
          namespace: "default",
        }),
        involvedObject: record("a").involvedObject,
        type: "Warning",
        reason: "Exited",
        message: "it ended",
        count: 1,
        firstTimestamp: "2026-01-02T03:04:05Z",
        lastTimestamp: "2026-01-02T03:04:05Z",
        source: { component: "reconciler" },
      }),
    ]);
  });

  test("is counted up when it happens again within the hour, also after a restart", async () => {
    const { store, clock, path } = await eventStore();
    store.events.record(record("a"));
    store.events.record(record("a"));
    await clock.advance(60_000);
    store.events.record(record("a"));
    store.close();
    const again = await testStore({ path, clock, definitions: allDefinitions });
    await clock.advance(HOUR_MS - 1000);
    again.events.record(record("a"));
    again.events.flush();
    expect(eventsOf(again)).toMatchObject([
      {
        count: 4,
        firstTimestamp: "2026-01-02T03:04:05Z",
        lastTimestamp: "2026-01-02T04:05:04Z",
      },
    ]);
  });

  test("is another for another object, uid, reason, type or message", async () => {
    const { store } = await eventStore();
    const first = record("a");
    store.events.record(first);
    store.events.record(record("b"));
    store.events.record(record("a", "it ended", "u2"));
    store.events.record({ ...first, reason: "Started" });
    store.events.record({ ...first, type: "Normal" });
    store.events.record({ ...first, message: "other" });
    store.events.flush();
    expect(eventsOf(store).map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("goes an hour after it happened last", async () => {
    const { store, clock } = await eventStore();
    store.events.record(record("old"));
    await clock.advance(HOUR_MS / 2);
    store.events.record(record("young"));
    await clock.advance(HOUR_MS / 2 + 700_000);
    expect(eventsOf(store).map(({ involvedObject }) => involvedObject.name)).toEqual(["young"]);
  });

  test("that comes back after an hour starts afresh", async () => {
    const { store, clock } = await eventStore();
    store.events.record(record("a"));
    await clock.advance(HOUR_MS - 1);
    clock.jump(2);
    store.events.record(record("a"));
    store.events.flush();
    expect(eventsOf(store)).toMatchObject([{ count: 1, lastTimestamp: "2026-01-02T04:04:05Z" }]);
  });

  test("is cut when it is long, and kept to fifty an object", async () => {
    const { store } = await eventStore();
    store.events.record(record("other"));
    for (let n = 0; n < 60; n += 1) store.events.record(record("a", `${n} ${"x".repeat(5000)}`));
    store.events.flush();
    const messages = eventsOf(store).map(({ message }) => message);
    expect(messages).toHaveLength(51);
    expect(messages.some((message) => message.startsWith("9 "))).toBe(false);
    expect(messages.some((message) => message.startsWith("10 "))).toBe(true);
    expect(Math.max(...messages.map(({ length }) => length))).toBe(1024);
  });

  test("is kept to five thousand in all, the oldest going first", async () => {
    const { store, clock } = await eventStore();
    for (let n = 0; n < 5020; n += 1) store.events.record(record(`p${n}`));
    await clock.advance(100);
    expect(eventsOf(store)).toHaveLength(5000);
    const names = new Set(eventsOf(store).map(({ involvedObject }) => involvedObject.name));
    expect([names.has("p19"), names.has("p20")]).toEqual([false, true]);
  });

  test("is told to watchers like any object", async () => {
    const { store } = await eventStore();
    const seen: string[] = [];
    store.watch(eventDefinition, "default", store.resourceVersion(), ({ type, object }) =>
      seen.push(`${type} ${String((object as CoreEvent).count)}`),
    );
    store.events.record(record("a"));
    store.events.flush();
    store.events.record(record("a"));
    store.events.flush();
    expect(seen).toEqual(["ADDED 1", "MODIFIED 2"]);
  });

  test("does not come back to life when a client has deleted it", async () => {
    const { store } = await eventStore();
    store.events.record(record("a"));
    store.events.flush();
    for (const { metadata } of eventsOf(store))
      store.delete(eventDefinition, metadata.namespace ?? "", metadata.name);
    store.events.record(record("a"));
    store.events.flush();
    expect(eventsOf(store)).toMatchObject([{ count: 1 }]);
  });
});

test("a full disk loses events, says so once, and harms nobody", async () => {
  const said: string[] = [];
  const say = (_fields: object, message: string) => said.push(message);
  const path = tempPath();
  const database = await openDatabase(path, MIGRATIONS);
  const logger = { ...silentLogger, warn: say, info: say };
  const clock = testClock();
  const store = new Store(database, { path, clock, logger, definitions: allDefinitions });
  const limit = (pages: number) => database.prepare(`PRAGMA max_page_count=${pages}`).get();
  limit(1);
  for (let n = 0; n < 100; n += 1) store.events.record(record(`p${n}`, "x".repeat(1000)));
  await clock.advance(100);
  for (let n = 0; n < 100; n += 1) store.events.record(record(`p${n}`, "x".repeat(1000)));
  await clock.advance(100);
  expect(eventsOf(store)).toEqual([]);
  expect(said).toEqual(["events cannot be written; they are lost"]);
  limit(1_000_000);
  store.events.record(record("a"));
  await clock.advance(100);
  expect(eventsOf(store)).toMatchObject([{ count: 1 }]);
  expect(said).toEqual(["events cannot be written; they are lost", "events are written again"]);
  store.close();
  expect(clock.pendingTimers).toBe(0);
});
