import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { MIGRATIONS } from "../../../src/store/migrations.ts";
import { Store } from "../../../src/store/store.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { tempPath, testClock, testStore, widget, widgets } from "./fixture.ts";

const FAILED = expect.objectContaining({ code: "StorageFailed" });

/** A store whose database takes orders from the test, such as to be full. */
async function storeOverDatabase(path: string) {
  const database = await openDatabase(path, MIGRATIONS);
  const options = { path, clock: testClock(), logger: silentLogger, definitions: [widgets] };
  const store = new Store(database, options);
  onTestFinished(() => store.close());
  return { store, pragma: (sql: string) => database.prepare(`PRAGMA ${sql}`).get() };
}

async function makeDatabase(path: string, migrations: readonly string[]): Promise<void> {
  const database = await openDatabase(path, migrations);
  database.close();
}

describe("opening", () => {
  test("makes a private directory and private files", async () => {
    const path = tempPath();
    const store = await testStore({ path });
    store.create(widgets, widget("a"));
    const modes = readdirSync(dirname(path)).map((file) => [
      file,
      statSync(join(dirname(path), file)).mode & 0o777,
    ]);
    expect(modes).toEqual([
      ["portunix.db", 0o600],
      ["portunix.db-wal", 0o600],
    ]);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test("writes through to the disk at every commit", async () => {
    const { pragma } = await storeOverDatabase(tempPath());
    expect(pragma("journal_mode")).toMatchObject({ journal_mode: "wal" });
    expect(pragma("synchronous")).toMatchObject({ synchronous: 2 });
    expect(pragma("locking_mode")).toMatchObject({ locking_mode: "exclusive" });
  });

  test("is refused while another holds the database, and names it", async () => {
    const path = tempPath();
    const store = await testStore({ path });
    writeFileSync(join(dirname(path), "daemon.json"), JSON.stringify({ pid: 4711 }));
    await expect(testStore({ path })).rejects.toMatchObject({
      code: "DaemonRunning",
      message: expect.stringContaining(`another daemon holds ${path} (pid 4711)`),
    });
    store.create(widgets, widget("a"));
    writeFileSync(join(dirname(path), "daemon.json"), "{half");
    await expect(testStore({ path })).rejects.toThrow(`another daemon holds ${path}: use that one`);
    store.close();
    const again = await testStore({ path });
    expect(again.get(widgets, "default", "a")).toBeDefined();
  });

  test("leaves a database of a newer program alone, and says which versions meet", async () => {
    const path = tempPath();
    await makeDatabase(path, [...MIGRATIONS, "CREATE TABLE future (x)"]);
    const before = readFileSync(path);
    const [known, found] = [MIGRATIONS.length, MIGRATIONS.length + 1];
    await expect(testStore({ path })).rejects.toMatchObject({
      code: "StorageFailed",
      message: expect.stringMatching(
        new RegExp(
          `${path} was written by a newer Portunix: it has schema version ${found}, this program knows ${known}; .*PORTUNIX_HOME`,
        ),
      ),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("brings an older database forward, and keeps what is in it", async () => {
    const path = tempPath();
    const old = await openDatabase(path, ["CREATE TABLE t (x); INSERT INTO t VALUES (1)"]);
    old.close();
    const steps = ["CREATE TABLE never (x)", "ALTER TABLE t ADD COLUMN y DEFAULT 2"];
    const database = await openDatabase(path, steps);
    onTestFinished(() => database.close());
    expect(database.prepare("SELECT x, y FROM t").all()).toMatchObject([{ x: 1, y: 2 }]);
    expect(database.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 2 });
  });

  test("takes a migration whole or not at all", async () => {
    const path = tempPath();
    const broken = "CREATE TABLE half (x); INSERT INTO missing VALUES (1)";
    await expect(openDatabase(path, ["CREATE TABLE t (x)", broken])).rejects.toThrow(/missing/);
    const database = await openDatabase(path, ["CREATE TABLE t (x)", "CREATE TABLE half (x)"]);
    database.close();
  });

  test.each([
    ["garbage", Buffer.from("no database at all ".repeat(500))],
    ["the database of another program", undefined],
  ])("names %s, keeps it, and says how to go on", async (_, bytes) => {
    const path = tempPath();
    mkdirSync(dirname(path));
    if (bytes === undefined) {
      const foreign = await openDatabase(path, ["CREATE TABLE theirs (x)"]);
      foreign.prepare("PRAGMA user_version=0").get();
      foreign.close();
    } else writeFileSync(path, bytes);
    const before = readFileSync(path);
    await expect(testStore({ path })).rejects.toMatchObject({
      code: "StorageFailed",
      message: expect.stringMatching(
        new RegExp(`${path} is damaged or is no Portunix database: .*mv ${path} ${path}.damaged`),
      ),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("finds a database with its middle torn out", async () => {
    const path = tempPath();
    const store = await testStore({ path });
    for (let n = 0; n < 50; n += 1) store.create(widgets, widget(`w${n}`, "x".repeat(1000)));
    store.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x5a, 4096, bytes.length - 4096));
    await expect(testStore({ path })).rejects.toMatchObject({
      code: "StorageFailed",
      message: expect.stringContaining(`${path} is damaged`),
    });
  });

  test("starts afresh from an empty file", async () => {
    const path = tempPath();
    mkdirSync(dirname(path));
    writeFileSync(path, "");
    const store = await testStore({ path });
    expect(store.resourceVersion()).toBe("1");
  });

  test("names the place that cannot be made or is a directory", async () => {
    const file = join(tempDir(), "file");
    writeFileSync(file, "");
    const below = join(file, "state", "portunix.db");
    await expect(testStore({ path: below })).rejects.toMatchObject({
      code: "StorageFailed",
      message: expect.stringMatching(
        /cannot open or write .*file.state.portunix\.db: .*PORTUNIX_HOME/,
      ),
    });
    const directory = join(tempDir(), "portunix.db");
    mkdirSync(directory);
    await expect(testStore({ path: directory })).rejects.toThrow(FAILED);
  });
});

describe("a full disk", () => {
  test("refuses the write, says so with the path, and goes on when there is room", async () => {
    const path = tempPath();
    const { store, pragma } = await storeOverDatabase(path);
    const first = store.create(widgets, widget("first"));
    const events: string[] = [];
    store.watch(widgets, undefined, store.resourceVersion(), ({ type }) => events.push(type));
    pragma("max_page_count=1");
    const big = widget("big", "x".repeat(200_000));
    expect(() => store.create(widgets, big)).toThrow(
      expect.objectContaining({
        code: "StorageFull",
        message: expect.stringContaining(`cannot write ${path}`),
      }),
    );
    expect(store.get(widgets, "default", "big")).toBeUndefined();
    expect(store.resourceVersion()).toBe(first.metadata.resourceVersion);
    expect(store.list(widgets, undefined).items).toEqual([first]);
    expect(events).toEqual([]);
    pragma("max_page_count=1000000");
    expect(store.create(widgets, big).metadata.resourceVersion).toBe("3");
    expect(events).toEqual(["ADDED"]);
  });

  test("takes back an update and a deletion too", async () => {
    const { store, pragma } = await storeOverDatabase(tempPath());
    const created = store.create(widgets, widget("a", "x".repeat(200_000)));
    pragma("max_page_count=1");
    const full = expect.objectContaining({ code: "StorageFull" });
    expect(() => store.update(widgets, widget("a", "y".repeat(400_000)))).toThrow(full);
    expect(() => store.delete(widgets, "default", "a")).toThrow(full);
    expect(store.get(widgets, "default", "a")).toBe(created);
    expect(store.list(widgets, "default").items).toEqual([created]);
  });
});

test("a database that turns read-only fails the write with the path, and reads go on", async () => {
  const path = tempPath();
  const { store, pragma } = await storeOverDatabase(path);
  const created = store.create(widgets, widget("a"));
  pragma("query_only=ON");
  expect(() => store.create(widgets, widget("b"))).toThrow(
    expect.objectContaining({
      code: "StorageFailed",
      message: expect.stringContaining(`cannot open or write ${path}`),
    }),
  );
  expect(store.get(widgets, "default", "a")).toBe(created);
});

test("a closed store refuses writes", async () => {
  const store = await testStore();
  store.close();
  store.close();
  expect(() => store.create(widgets, widget("a"))).toThrow(FAILED);
});
