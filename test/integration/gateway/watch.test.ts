import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { type ObjectKey, toKey } from "../../../src/api/key.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { createPluginManagerClient } from "../../../src/gateway/plugin-manager-client.ts";
import { createGatewayServer } from "../../../src/gateway/plugin-manager-service.ts";
import type { PluginState, ServedManager } from "../../../src/gateway/ports.ts";
import { serveWatch } from "../../../src/gateway/watch-stream.ts";
import { StateFeed } from "../../../src/manager/state-feed.ts";
import { NEVER } from "../registry/package-samples.ts";

const protoDir = new URL("../../../proto", import.meta.url).pathname;

function observed(configDigest: string): PluginState["observed"] {
  const installed = { name: "x", version: "1.0.0", digest: "sha256:0" };
  return { state: "known", installed, isEnabled: true, configDigest, instances: [] };
}

class WatchedFeed {
  readonly feed = new StateFeed(1);
  watchers = 0;

  readonly manager = {
    watch: (listener: (state: PluginState) => void) => {
      this.watchers += 1;
      const close = this.feed.subscribe(listener);
      const end = (): void => {
        this.watchers -= 1;
        close();
      };
      return { initial: this.feed.list(), close: onceOnly(end) };
    },
  } as unknown as ServedManager;

  put(key: ObjectKey, text: string): void {
    this.feed.publish(key, observed(text));
  }
}

function onceOnly(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}

async function gatewayOver(watched: WatchedFeed) {
  const socketPath = join(tempDir(), "g.sock");
  const server = createGatewayServer({ manager: watched.manager, protoDir, logger: silentLogger });
  onTestFinished(() => server.close());
  await server.listen(socketPath);
  const client = createPluginManagerClient({ socketPath, protoDir, logger: silentLogger });
  onTestFinished(() => client.close());
  return { server, client };
}

/** Everything a watcher is told, the bookmark as `synced`. */
function recorder() {
  const told: string[] = [];
  const handlers = {
    onState: ({ key, observed: { configDigest } }: PluginState) =>
      void told.push(`${key} ${configDigest}`),
    onSynced: () => void told.push("synced"),
  };
  return { told, handlers };
}

describe("Watch", () => {
  test("tells the present states, a bookmark, then every change", async () => {
    const watched = new WatchedFeed();
    watched.put(toKey("default", "a"), "1");
    watched.put(toKey("default", "b"), "1");
    const { client } = await gatewayOver(watched);
    const { told, handlers } = recorder();
    const abort = new AbortController();
    const ended = client.watch(handlers, abort.signal);
    await eventually(() => expect(told).toEqual(["default/a 1", "default/b 1", "synced"]));
    watched.put(toKey("default", "b"), "2");
    watched.put(toKey("default", "c"), "1");
    await eventually(() => expect(told.slice(3)).toEqual(["default/b 2", "default/c 1"]));
    abort.abort();
    await ended;
    await eventually(() => expect(watched.watchers).toBe(0));
  });

  test("tells the bookmark when there is nothing to tell", async () => {
    const { client } = await gatewayOver(new WatchedFeed());
    const { told, handlers } = recorder();
    const abort = new AbortController();
    const ended = client.watch(handlers, abort.signal);
    await eventually(() => expect(told).toEqual(["synced"]));
    abort.abort();
    await ended;
  });

  test("ends for the watcher when the server goes, and begins anew with the next one", async () => {
    const { server, client } = await gatewayOver(new WatchedFeed());
    const { told, handlers } = recorder();
    const ended = client.watch(handlers, NEVER).then(
      () => "ended",
      (error: { code: string }) => error.code,
    );
    await eventually(() => expect(told).toEqual(["synced"]));
    server.close();
    expect(["ended", "PluginUnavailable"]).toContain(await ended);
    await expect(client.watch(handlers, NEVER)).rejects.toMatchObject({
      code: "PluginUnavailable",
    });
  });

  test("rejects when what it is told to do throws", async () => {
    const { client } = await gatewayOver(new WatchedFeed());
    const handlers = {
      onState: () => {},
      onSynced: () => {
        throw new TypeError("a bug");
      },
    };
    await expect(client.watch(handlers, NEVER)).rejects.toMatchObject({ code: "Internal" });
  });

  test("holds no more than one state of each plugin for a watcher that does not read", () => {
    const watched = new WatchedFeed();
    const keys = [toKey("default", "a"), toKey("default", "b")] as const;
    for (const key of keys) watched.put(key, "0");
    const call = new BlockedCall();
    serveWatch(watched.manager, call as never);
    for (let round = 1; round <= 1000; round += 1) {
      for (const key of keys) watched.put(key, `${round}`);
    }
    // The first write filled the buffer; everything since has waited.
    expect(call.written).toEqual(["default/a 0"]);
    call.drain();
    expect(call.written).toEqual(["default/a 0", "default/b 1000", "bookmark", "default/a 1000"]);
    call.emit("cancelled");
    expect(watched.watchers).toBe(0);
    watched.put(keys[0], "after");
    expect(call.written).toHaveLength(4);
  });
});

/** A stream whose reader does not read until `drain`. */
class BlockedCall {
  readonly written: string[] = [];
  readonly #listeners = new Map<string, (() => void)[]>();
  #isOpen = false;

  on(event: string, listener: () => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }

  write({ state }: { state: { plugin: string; configDigest: string } | null }): boolean {
    this.written.push(state === null ? "bookmark" : `${state.plugin} ${state.configDigest}`);
    return this.#isOpen;
  }

  drain(): void {
    this.#isOpen = true;
    this.emit("drain");
  }
}
