import { chmodSync, existsSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import { ERROR_CODES, type ErrorCode, PortunixError } from "../../../src/base/errors.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import {
  createPluginManagerClient,
  type PluginHostClient,
} from "../../../src/gateway/plugin-manager-client.ts";
import { createGatewayServer } from "../../../src/gateway/plugin-manager-service.ts";
import type { ServedManager } from "../../../src/gateway/ports.ts";
import type { PluginHost } from "../../../src/reconcile/ports.ts";
import { openManager, PROBES, type ManagerHome } from "../manager/manager-home.ts";
import { MONITOR, NEVER } from "../registry/package-samples.ts";

const protoDir = new URL("../../../proto", import.meta.url).pathname;
const logger = silentLogger;

async function serve(manager: ServedManager, socketPath: string): Promise<() => void> {
  const server = createGatewayServer({ manager, protoDir, logger });
  onTestFinished(() => server.close());
  await server.listen(socketPath);
  return () => server.close();
}

function connectTo(socketPath: string, deadlineMs?: number): PluginHostClient {
  const client = createPluginManagerClient({
    socketPath,
    protoDir,
    logger,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  onTestFinished(() => client.close());
  return client;
}

/** A manager of which only what a test needs is there. */
function partial(methods: Partial<ServedManager>): ServedManager {
  return methods as ServedManager;
}

async function realGateway(): Promise<{
  home: ManagerHome;
  client: PluginHostClient;
  host: PluginHost;
}> {
  const home = await openManager();
  const socketPath = join(home.plugins, "..", "run", "gateway.sock");
  await serve(home.manager, socketPath);
  const client = connectTo(socketPath);
  // The compiler proves that the reconciler can be given this client.
  return { home, client, host: client };
}

describe("the gateway", () => {
  test("carries a plugin's whole life over the socket", async () => {
    const { home, host, client } = await realGateway();
    const { digest, version, manifest } = await host.resolve(home.source, NEVER);
    expect({ version, type: manifest.type, main: manifest.runtime.main }).toEqual({
      version: "1.0.0",
      type: "service",
      main: "./main",
    });
    const request = { key: MONITOR, sourcePath: home.source, version: ">=1", digest };
    const installed = await host.install(request, NEVER);
    expect(installed.observed.installed).toEqual({ name: "monitor", version: "1.0.0", digest });
    expect((await host.enable(MONITOR, NEVER)).observed.isEnabled).toBe(true);
    await host.configure(MONITOR, { token: "t", n: 1.5, list: [null, "ü"] }, NEVER);
    const start = {
      key: MONITOR,
      ordinal: 0,
      revision: "r1",
      probes: PROBES,
      gracePeriodSeconds: 7,
    };
    const [started] = (await host.start(start, NEVER)).observed.instances;
    expect(home.supervisor.launched[0]).toMatchObject({ probes: PROBES, gracePeriodSeconds: 7 });
    expect(started).toEqual({
      id: "00000001",
      ordinal: 0,
      revision: "r1",
      state: "starting",
      pid: 1001,
      address: "unix:/run/p.sock",
      startedAtMs: 1,
      readyAtMs: undefined,
      exitedAtMs: undefined,
      exit: undefined,
      reason: "",
      message: "",
    });
    expect(await client.health(MONITOR, NEVER)).toMatchObject([{ id: "00000001", serving: true }]);
    const stop = { key: MONITOR, instanceId: "00000001", gracePeriodSeconds: 1, reason: "Deleted" };
    await host.stop(stop, NEVER);
    home.supervisor.end("00000001");
    const [ended] = (await host.list(NEVER))[0]?.observed.instances ?? [];
    expect(ended).toMatchObject({
      state: "exited",
      pid: undefined,
      exit: { code: 0, signal: undefined },
    });
    await host.stop(stop, NEVER);
    await host.disable(MONITOR, NEVER);
    await host.uninstall(MONITOR, NEVER);
    expect(await host.list(NEVER)).toEqual([]);
  });

  test("hands back each error with its code and text", async () => {
    const socketPath = join(tempDir(), "g.sock");
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    let next: unknown;
    const fail = async (): Promise<never> => {
      throw next;
    };
    await serve(partial({ enable: fail }), socketPath);
    const client = connectTo(socketPath);
    for (const code of codes) {
      next = new PortunixError(code, `plugin ünïcode: ${code}\nfile.yaml:1:2 more`);
      const failure: unknown = await client.enable(MONITOR, NEVER).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PortunixError);
      expect(failure).toMatchObject({
        code,
        message: `plugin ünïcode: ${code}\nfile.yaml:1:2 more`,
      });
    }
    next = new TypeError("a bug");
    await expect(client.enable(MONITOR, NEVER)).rejects.toMatchObject({ code: "Internal" });
    next = new PortunixError("PackageInvalid", "ü".repeat(100_000));
    await expect(client.enable(MONITOR, NEVER)).rejects.toMatchObject({ code: "PackageInvalid" });
  });

  test("refuses requests that make no sense, before the manager sees them", async () => {
    const { home, client } = await realGateway();
    const bad = { code: "BadRequest" };
    const key = "../etc" as typeof MONITOR;
    await expect(client.enable(key, NEVER)).rejects.toMatchObject(bad);
    await expect(client.uninstall("default/A" as typeof MONITOR, NEVER)).rejects.toMatchObject(bad);
    await expect(client.resolve("relative/path", NEVER)).rejects.toMatchObject(bad);
    const install = { key: MONITOR, sourcePath: home.source, version: undefined };
    await expect(client.install({ ...install, digest: "md5:1" }, NEVER)).rejects.toMatchObject(bad);
    const list = [1] as unknown as Record<string, unknown>;
    await expect(client.configure(MONITOR, list, NEVER)).rejects.toMatchObject(bad);
    const large = { text: "x".repeat(1024 * 1024) };
    await expect(client.configure(MONITOR, large, NEVER)).rejects.toMatchObject({
      code: "RequestTooLarge",
    });
    const huge = { text: "x".repeat(9 * 1024 * 1024) };
    await expect(client.configure(MONITOR, huge, NEVER)).rejects.toMatchObject({
      code: "RequestTooLarge",
    });
    const stop = { key: MONITOR, instanceId: "../x", gracePeriodSeconds: 1, reason: "" };
    await expect(client.stop(stop, NEVER)).rejects.toMatchObject(bad);
  });

  test("lets a call go when the caller gives up, and tells the work to stop", async () => {
    const socketPath = join(tempDir(), "g.sock");
    let notify: (signal: AbortSignal) => void = () => {};
    const seen = new Promise<AbortSignal>((resolve) => {
      notify = resolve;
    });
    await serve(
      partial({
        resolve: (_path, signal) => {
          notify(signal);
          return new Promise(() => {});
        },
      }),
      socketPath,
    );
    const abort = new AbortController();
    const answer = connectTo(socketPath).resolve("/x", abort.signal);
    const signal = await seen;
    const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: "PluginUnavailable" });
    await stopped;
    await expect(connectTo(socketPath).resolve("/x", abort.signal)).rejects.toMatchObject({
      code: "PluginUnavailable",
    });
  });

  test("is unavailable when it does not answer in time, and when it is not there", async () => {
    const directory = tempDir();
    const never = (): Promise<never> => new Promise(() => {});
    await serve(partial({ list: never }), join(directory, "g.sock"));
    const unavailable = { code: "PluginUnavailable" };
    await expect(connectTo(join(directory, "g.sock"), 100).list(NEVER)).rejects.toMatchObject(
      unavailable,
    );
    await expect(connectTo(join(directory, "none.sock")).list(NEVER)).rejects.toMatchObject(
      unavailable,
    );
  });

  test("serves on a socket for nobody else, and takes it away at the end", async () => {
    const socketPath = join(tempDir(), "run", "g.sock");
    const close = await serve(partial({ list: async () => [] }), socketPath);
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
    expect(await connectTo(socketPath).list(NEVER)).toEqual([]);
    close();
    expect(existsSync(socketPath)).toBe(false);
  });

  test("takes over the socket of a dead server, and never that of a living one", async () => {
    const socketPath = join(tempDir(), "g.sock");
    const script = `require("net").createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 9))`;
    spawnSync(process.execPath, ["-e", script]);
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    await serve(partial({ list: async () => [] }), socketPath);
    await expect(serve(partial({}), socketPath)).rejects.toMatchObject({ code: "DaemonRunning" });
    expect(await connectTo(socketPath).list(NEVER)).toEqual([]);
  });

  test("does not listen where it would not be safe, and says why", async () => {
    const directory = tempDir();
    const refused = async (path: string, problem: RegExp): Promise<void> => {
      await expect(serve(partial({}), path)).rejects.toThrow(problem);
    };
    await refused(join(directory, "x".repeat(108)), /longer than 107 bytes/);
    writeFileSync(join(directory, "file"), "keep");
    await refused(join(directory, "file"), /no socket/);
    mkdirSync(join(directory, "open"));
    chmodSync(join(directory, "open"), 0o755);
    await refused(join(directory, "open", "g.sock"), /chmod/);
  });

  test("keeps another listener's socket alive", async () => {
    const socketPath = join(tempDir(), "g.sock");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(socketPath, resolve));
    onTestFinished(() => void other.close());
    await expect(serve(partial({}), socketPath)).rejects.toMatchObject({ code: "DaemonRunning" });
    expect(existsSync(socketPath)).toBe(true);
  });
});
