import { describe, expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { ChangeLog } from "../../../src/store/change-log.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { MIGRATIONS } from "../../../src/store/migrations.ts";
import type { StoreEvent } from "../../../src/store/object-store.ts";
import { heldWidgets, tempPath, testStore, widget, widgets } from "./fixture.ts";

const line = ({ type, object }: StoreEvent) =>
  `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`;

describe("watch", () => {
  test("tells the past, then the present, each change once and in order", async () => {
    const store = await testStore();
    const start = store.resourceVersion();
    store.create(widgets, widget("a"));
    store.create(heldWidgets, widget("other"));
    store.update(widgets, widget("a", { size: 2 }));
    const lines: string[] = [];
    store.watch(widgets, undefined, start, (event) => lines.push(line(event)));
    expect(lines).toEqual(["ADDED a 2", "MODIFIED a 4"]);
    store.delete(widgets, "default", "a");
    expect(lines).toEqual(["ADDED a 2", "MODIFIED a 4", "DELETED a 5"]);
  });

  test("gives the object before the change, and after a deletion its last state", async () => {
    const store = await testStore();
    const start = store.resourceVersion();
    const live: StoreEvent[] = [];
    store.watch(widgets, undefined, start, (event) => live.push(event));
    const created = store.create(widgets, widget("a"));
    const updated = store.update(widgets, widget("a", { size: 2 }));
    store.delete(widgets, "default", "a");
    const last = { ...updated, metadata: { ...updated.metadata, resourceVersion: "4" } };
    const wanted = [
      { type: "ADDED", object: created, previous: undefined },
      { type: "MODIFIED", object: updated, previous: created },
      { type: "DELETED", object: last, previous: updated },
    ];
    expect(live).toEqual(wanted);
    const replayed: StoreEvent[] = [];
    store.watch(widgets, undefined, start, (event) => replayed.push(event));
    expect(replayed).toEqual(wanted);
  });

  test("of one namespace hears of no other", async () => {
    const store = await testStore();
    const start = store.resourceVersion();
    store.create(widgets, widget("past", {}, "b"));
    const lines: string[] = [];
    store.watch(widgets, "a", start, (event) => lines.push(line(event)));
    store.create(widgets, widget("mine", {}, "a"));
    store.create(widgets, widget("yours", {}, "b"));
    expect(lines).toEqual(["ADDED mine 3"]);
  });

  test("goes on over a restart", async () => {
    const path = tempPath();
    const store = await testStore({ path });
    const { metadata } = store.create(widgets, widget("a"));
    store.create(widgets, widget("b"));
    store.close();
    const again = await testStore({ path });
    const lines: string[] = [];
    again.watch(widgets, undefined, metadata.resourceVersion, (event) => lines.push(line(event)));
    again.create(widgets, widget("c"));
    expect(lines).toEqual(["ADDED b 3", "ADDED c 4"]);
  });

  test("ends with close, also from within", async () => {
    const store = await testStore();
    let count = 0;
    const subscription = store.watch(widgets, undefined, store.resourceVersion(), () => {
      count += 1;
      subscription.close();
    });
    store.create(widgets, widget("a"));
    store.create(widgets, widget("b"));
    expect(count).toBe(1);
  });

  test("shows every watcher the same order when one of them writes", async () => {
    const store = await testStore();
    const start = store.resourceVersion();
    const [first, second]: [string[], string[]] = [[], []];
    store.watch(widgets, undefined, start, (event) => {
      first.push(line(event));
      if (event.object.metadata.name === "a") store.create(widgets, widget("b"));
    });
    store.watch(widgets, undefined, start, (event) => second.push(line(event)));
    store.create(widgets, widget("a"));
    expect(first).toEqual(["ADDED a 2", "ADDED b 3"]);
    expect(second).toEqual(first);
  });

  test("begun by a watcher hears once of what waits to be told", async () => {
    const store = await testStore();
    const start = store.resourceVersion();
    const late: string[] = [];
    store.watch(widgets, undefined, start, (event) => {
      if (event.object.metadata.name !== "a") return;
      store.create(widgets, widget("b"));
      store.watch(widgets, undefined, start, (past) => late.push(line(past)));
    });
    store.create(widgets, widget("a"));
    expect(late).toEqual(["ADDED a 2", "ADDED b 3"]);
  });

  test("that throws harms neither the writer nor the others, and is logged", async () => {
    const failures: string[] = [];
    const logger = { ...silentLogger, error: (_: object, text: string) => failures.push(text) };
    const store = await testStore({ logger });
    const lines: string[] = [];
    const from = store.resourceVersion();
    store.watch(widgets, undefined, from, () => {
      throw new Error("bad watcher");
    });
    store.watch(widgets, undefined, from, (event) => lines.push(line(event)));
    expect(store.create(widgets, widget("a")).metadata.name).toBe("a");
    expect(lines).toEqual(["ADDED a 2"]);
    expect(failures).toHaveLength(1);
  });

  test("hears of a transaction when it is whole, and of a failed one never", async () => {
    const store = await testStore();
    const lines: string[] = [];
    store.watch(widgets, undefined, store.resourceVersion(), (event) => lines.push(line(event)));
    store.transaction(() => {
      store.create(widgets, widget("a"));
      store.create(widgets, widget("b"));
      expect(lines).toEqual([]);
    });
    expect(lines).toEqual(["ADDED a 2", "ADDED b 3"]);
    const fail = () =>
      store.transaction(() => {
        store.create(widgets, widget("c"));
        store.update(widgets, widget("a", { size: 2 }));
        store.delete(widgets, "default", "b");
        throw new RangeError("no");
      });
    expect(fail).toThrow(expect.objectContaining({ code: "Internal" }));
    expect(lines).toHaveLength(2);
    expect(store.get(widgets, "default", "c")).toBeUndefined();
    expect(store.get(widgets, "default", "a")?.spec).toEqual({ size: 1 });
    expect(store.get(widgets, "default", "b")).toBeDefined();
    expect(store.resourceVersion()).toBe("3");
  });
});

describe("the history", () => {
  test("is cut in batches, keeps at least its limit, and says when a watch comes too late", async () => {
    const path = tempPath();
    const store = await testStore({ path, historyLimit: 20 });
    for (let size = 0; size < 100; size += 1) store.create(widgets, widget(`w${size}`));
    const newest = Number(store.resourceVersion());
    expect(newest).toBe(101);
    const replayFrom = (revision: number) => {
      const lines: string[] = [];
      const from = String(revision);
      store.watch(widgets, undefined, from, (event) => lines.push(line(event))).close();
      return lines.length;
    };
    expect(replayFrom(newest - 20)).toBe(20);
    expect(() => replayFrom(newest - 22)).toThrow(
      expect.objectContaining({
        code: "Expired",
        message: expect.stringMatching(/^too old resource version: 79 \(\d+\)$/),
      }),
    );
    expect(() => replayFrom(newest + 1)).toThrow(expect.objectContaining({ code: "Expired" }));
    expect(() => replayFrom(Number.NaN)).toThrow(expect.objectContaining({ code: "BadRequest" }));
  });

  test("goes on from the same revision after a restart, even when all objects are gone", async () => {
    const path = tempPath();
    const store = await testStore({ path, historyLimit: 1 });
    for (const name of ["a", "b", "c"]) store.create(widgets, widget(name));
    for (const name of ["a", "b", "c"]) store.delete(widgets, "default", name);
    store.close();
    const again = await testStore({ path, historyLimit: 1 });
    expect(again.resourceVersion()).toBe("7");
    expect(() => again.watch(widgets, undefined, "2", () => {})).toThrow(/too old/);
    expect(() => again.watch(widgets, undefined, "7", () => {}).close()).not.toThrow();
  });

  test("is cut by size too, to half, and never to nothing", async () => {
    const database = await openDatabase(tempPath(), MIGRATIONS);
    onTestFinished(() => database.close());
    const log = new ChangeLog(database, 1000, 10_000);
    const append = (length: number) =>
      database.transaction(() =>
        log.append({
          revision: log.revision + 1,
          resource: "r",
          namespace: "",
          type: "ADDED",
          json: "x".repeat(length),
          previous: null,
        }),
      );
    const kept = () => database.prepare("SELECT count(*) AS n FROM changes").get()?.["n"];
    for (let n = 0; n < 10; n += 1) append(1000);
    expect(kept()).toBe(10);
    append(1000);
    expect(kept()).toBe(5);
    expect(() => log.checkReach(log.revision - 5)).not.toThrow();
    expect(() => log.checkReach(log.revision - 6)).toThrow(/too old/);
    append(50_000);
    expect(kept()).toBe(1);
    expect(() => log.checkReach(log.revision - 1)).not.toThrow();
    expect(new ChangeLog(database, 1000).revision).toBe(log.revision);
  });
});
