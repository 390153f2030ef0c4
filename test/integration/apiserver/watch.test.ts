import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { configMapDefinition } from "../../../src/api/config-map-definition.ts";
import type { ResourceDefinition } from "../../../src/api/resource-definition.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { eventually } from "../../helpers/eventually.ts";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { CONFIG_MAPS, configMap, objectOf, serve, type Call } from "./harness.ts";

const merge = { "content-type": "application/merge-patch+json" };

describe("watch", () => {
  test("without a resourceVersion begins with what is there, and goes on live", async () => {
    const { call, socketPath } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=true`);
    expect(summary(await events.next())).toEqual(["ADDED", "a"]);
    await call("POST", CONFIG_MAPS, { body: configMap("b") });
    expect(summary(await events.next())).toEqual(["ADDED", "b"]);
    await call("PATCH", `${CONFIG_MAPS}/a`, { headers: merge, body: { data: { x: "1" } } });
    expect(summary(await events.next())).toEqual(["MODIFIED", "a"]);
    await call("DELETE", `${CONFIG_MAPS}/a`);
    const { json } = await call("GET", CONFIG_MAPS);
    const gone = await events.next();
    expect(summary(gone)).toEqual(["DELETED", "a"]);
    expect(gone.object.metadata.resourceVersion).toBe(
      (json as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
    );
  });

  test("resumes after a resourceVersion, with nothing lost and nothing twice", async () => {
    const { call, socketPath } = await serve();
    const first = objectOf(await call("POST", CONFIG_MAPS, { body: configMap("a") }));
    await call("POST", CONFIG_MAPS, { body: configMap("b") });
    await call("DELETE", `${CONFIG_MAPS}/a`);
    const from = first.metadata.resourceVersion;
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=1&resourceVersion=${from}`);
    await call("POST", CONFIG_MAPS, { body: configMap("c") });
    expect(await summaries(events, 3)).toEqual([
      ["ADDED", "b"],
      ["DELETED", "a"],
      ["ADDED", "c"],
    ]);
  });

  test("from before what is remembered is 410 Expired", async () => {
    const { call } = await serve();
    const { metadata } = objectOf(await call("POST", CONFIG_MAPS, { body: configMap("a") }));
    for (let round = 0; round < 50; round += 1)
      await call("PATCH", `${CONFIG_MAPS}/a`, {
        headers: merge,
        body: { data: { x: `${round}` } },
      });
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const answer = await call("GET", path);
    expect(answer.code).toBe(410);
    expect(answer.json).toMatchObject({ kind: "Status", reason: "Expired", code: 410 });
  });

  test("of a selection tells what enters it as ADDED, and what leaves it as DELETED", async () => {
    const { call, socketPath } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=1&labelSelector=tier%3Dcore`);
    await label(call, "core");
    const entered = await events.next();
    expect(summary(entered)).toEqual(["ADDED", "a"]);
    await call("PATCH", `${CONFIG_MAPS}/a`, { headers: merge, body: { data: { x: "1" } } });
    expect(summary(await events.next())).toEqual(["MODIFIED", "a"]);
    const outside = objectOf(await label(call, "edge"));
    const left = await events.next();
    expect(summary(left)).toEqual(["DELETED", "a"]);
    expect(left.object.metadata).toMatchObject({
      labels: { tier: "core" },
      resourceVersion: outside.metadata.resourceVersion,
    });
    await label(call, "moon");
    await label(call, "core");
    expect(summary(await events.next())).toEqual(["ADDED", "a"]);
  });

  test("as a Table carries the columns once", async () => {
    const { call, socketPath } = await serve();
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=1`, { accept });
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    await call("POST", CONFIG_MAPS, { body: configMap("b") });
    const first = (await events.next()).object as unknown as Row;
    const second = (await events.next()).object as unknown as Row;
    expect(first).toMatchObject({ kind: "Table", rows: [{ cells: ["a", 0, "0s"] }] });
    expect(first.columnDefinitions).toHaveLength(3);
    expect(second).toMatchObject({
      columnDefinitions: null,
      rows: [{ object: { metadata: { name: "b" } } }],
    });
  });

  test("ends after its timeout, with a bookmark when asked for", async () => {
    const clock = new ManualClock();
    const { call, socketPath } = await serve({ clock });
    const created = objectOf(await call("POST", CONFIG_MAPS, { body: configMap("a") }));
    const { resourceVersion } = created.metadata;
    const query = `watch=1&timeoutSeconds=30&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`;
    const events = await follow(socketPath, `${CONFIG_MAPS}?${query}`);
    clock.advance(30_000);
    const bookmark = await events.next();
    expect(bookmark).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion } },
    });
    expect(await events.ended()).toBe(true);
  });

  test("sends bookmarks each minute to an idle watcher, with the newest version of all kinds", async () => {
    const clock = new ManualClock();
    const { call, socketPath, store } = await serve({ clock });
    const query = "watch=1&allowWatchBookmarks=true";
    const events = await follow(socketPath, `${CONFIG_MAPS}?${query}`);
    await call("POST", CONFIG_MAPS.replace("configmaps", "secrets"), {
      body: { metadata: { name: "s" } },
    });
    clock.advance(60_000);
    expect(await events.next()).toMatchObject({
      type: "BOOKMARK",
      object: { metadata: { resourceVersion: store.resourceVersion() } },
    });
    clock.advance(60_000);
    expect(await events.next()).toMatchObject({ type: "BOOKMARK" });
  });

  test("marks the end of the initial events when asked for", async () => {
    const { call, socketPath } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const query =
      "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const events = await follow(socketPath, `${CONFIG_MAPS}?${query}`);
    expect(summary(await events.next())).toEqual(["ADDED", "a"]);
    expect(await events.next()).toMatchObject({
      type: "BOOKMARK",
      object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
    });
  });

  test("drops a client that does not read, and serves the others", async () => {
    const dropped: string[] = [];
    const logger = {
      ...silentLogger,
      warn: (_: object, message: string) => void dropped.push(message),
    };
    const store = new MemoryStore();
    const { socketPath } = await serve({ store, logger });
    const idle = connect(socketPath);
    onTestFinished(() => void idle.destroy());
    idle.write(`GET ${CONFIG_MAPS}?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(idle, "readable");
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=1`);
    const big = "x".repeat(200_000);
    for (let round = 0; round < 60; round += 1) {
      store.create(configMapDefinition, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `a-${round}`, namespace: "default" },
        spec: { big },
      });
      expect(summary(await events.next())).toEqual(["ADDED", `a-${round}`]);
    }
    expect(dropped).toEqual(["dropped a watcher that does not read"]);
    idle.resume();
    await once(idle, "close");
  });

  test("sends a large initial state to a client at the client's pace", async () => {
    const store = new MemoryStore();
    const big = "x".repeat(200_000);
    for (let index = 100; index < 160; index += 1)
      store.create(configMapDefinition, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `a-${index}`, namespace: "default" },
        spec: { big },
      });
    const { socketPath } = await serve({ store });
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=1`);
    for (let index = 100; index < 160; index += 1)
      expect(summary(await events.next())).toEqual(["ADDED", `a-${index}`]);
  });

  test("is cut when an event cannot be sent, since the client must not miss one", async () => {
    const store = new MemoryStore();
    const broken: ResourceDefinition = {
      ...configMapDefinition,
      columns: [
        {
          name: "Name",
          type: "string",
          description: "",
          priority: 0,
          cell() {
            throw new TypeError("broken column");
          },
        },
      ],
    };
    const { call, socketPath } = await serve({ store, definitions: () => [broken] });
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const events = await follow(socketPath, `${CONFIG_MAPS}?watch=1`, { accept });
    const ended = events.ended();
    expect((await call("POST", CONFIG_MAPS, { body: configMap("a") })).code).toBe(201);
    await expect(ended).rejects.toThrow("aborted");
  });

  test("unsubscribes when the client goes", async () => {
    const store = new MemoryStore();
    let open = 0;
    const watchStore = store.watch.bind(store);
    store.watch = (...parameters) => {
      open += 1;
      const subscription = watchStore(...parameters);
      let isOpen = true;
      return {
        close() {
          if (isOpen) open -= 1;
          isOpen = false;
          subscription.close();
        },
      };
    };
    const { socketPath } = await serve({ store });
    const { response } = await follow(socketPath, `${CONFIG_MAPS}?watch=1`);
    expect(open).toBe(1);
    response.destroy();
    await eventually(() => expect(open).toBe(0));
  });
});

interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  };
}

interface Row {
  readonly columnDefinitions: readonly object[];
}

interface Events {
  readonly response: IncomingMessage;
  next(): Promise<WatchEvent>;
  /** Whether the server ended the stream cleanly. */
  ended(): Promise<boolean>;
}

async function follow(
  socketPath: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Events> {
  const sent = request({ socketPath, path, headers, agent: false });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.on("error", () => {});
  onTestFinished(() => void response.destroy());
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return {
    response,
    async next() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error("the stream has ended");
      return JSON.parse(value) as WatchEvent;
    },
    async ended() {
      const { done } = await lines.next();
      return done === true && response.complete;
    },
  };
}

function summary({ type, object }: WatchEvent): [string, string] {
  return [type, object.metadata.name];
}

async function summaries(events: Events, count: number): Promise<[string, string][]> {
  const all: [string, string][] = [];
  while (all.length < count) all.push(summary(await events.next()));
  return all;
}

function label(call: Call, tier: string): ReturnType<Call> {
  return call("PATCH", `${CONFIG_MAPS}/a`, {
    headers: merge,
    body: { metadata: { labels: { tier } } },
  });
}

/** Its timers run when the test says so. */
class ManualClock implements Clock {
  #nowMs = 1_800_000_000_000;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
  }

  advance(delayMs: number): void {
    this.#nowMs += delayMs;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { run } of due) run();
  }
}
