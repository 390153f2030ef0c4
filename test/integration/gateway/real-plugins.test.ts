import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { fixturePackage } from "../../helpers/fixture-package.ts";
import { type ObjectKey, toKey } from "../../../src/api/key.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { ConfigStore } from "../../../src/config/config-store.ts";
import { createPluginManagerClient } from "../../../src/gateway/plugin-manager-client.ts";
import { createGatewayServer } from "../../../src/gateway/plugin-manager-service.ts";
import { PluginManager } from "../../../src/manager/plugin-manager.ts";
import type { HostState, PluginHost } from "../../../src/reconcile/ports.ts";
import { NEVER, openRegistry } from "../registry/package-samples.ts";
import { PROBES, RuntimeHome } from "../runtime/harness.ts";

const protoDir = new URL("../../../proto", import.meta.url).pathname;
const KEY = toKey("team-a", "healthy");

interface Daemon {
  readonly host: PluginHost;
  readonly plugins: string;
  /** As the daemon does when it ends: everything but the processes. */
  readonly close: () => Promise<void>;
}

/** All that stands behind the gateway, for real. */
async function startDaemon(home: RuntimeHome): Promise<Daemon> {
  const plugins = join(home.directory, "plugins");
  const logger = silentLogger;
  const registry = await openRegistry(plugins);
  const config = new ConfigStore({ directory: join(plugins, "configs"), logger });
  await config.open();
  const supervisor = home.supervisor();
  await supervisor.recover();
  const manager = new PluginManager({ registry, config, supervisor, clock: systemClock, logger });
  const server = createGatewayServer({ manager, protoDir, logger });
  const socketPath = join(home.directory, "run", "gateway.sock");
  await server.listen(socketPath);
  const host = createPluginManagerClient({ socketPath, protoDir, logger });
  const close = async (): Promise<void> => {
    host.close();
    server.close();
    manager.close();
    await supervisor.close();
  };
  onTestFinished(close);
  return { host, plugins, close };
}

async function bringUp({ host }: Daemon, key: ObjectKey): Promise<HostState> {
  const sourcePath = fixturePackage("healthy");
  const { digest } = await host.resolve(sourcePath, NEVER);
  await host.install({ key, sourcePath, version: "^1", digest }, NEVER);
  await host.enable(key, NEVER);
  await host.configure(key, { greeting: "hello" }, NEVER);
  const request = { key, ordinal: 0, revision: "r1", probes: PROBES, gracePeriodSeconds: 10 };
  return host.start(request, NEVER);
}

async function inState({ host }: Daemon, state: string): Promise<HostState> {
  return eventually(async () => {
    const [found] = await host.list(NEVER);
    expect(found?.observed.instances).toMatchObject([{ state }]);
    if (found === undefined) throw new Error("nothing is listed");
    return found;
  });
}

describe("plugins behind the gateway", () => {
  test("run from the installed files, outlive the daemon, and stop when told", async () => {
    const home = new RuntimeHome();
    const daemon = await startDaemon(home);
    const told: HostState[] = [];
    const abort = new AbortController();
    const handlers = { onState: (state: HostState) => void told.push(state), onSynced: () => {} };
    const watched = daemon.host.watch(handlers, abort.signal);
    await bringUp(daemon, KEY);
    const ready = await inState(daemon, "ready");
    const pid = ready.observed.instances[0]?.pid ?? 0;
    await eventually(() => expect(told.at(-1)).toEqual(ready));
    const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    expect(`${argv} ${cwd}`).toContain(join(daemon.plugins, "installed", ".store", "sha256-"));
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    expect(environment).toContain("PORTUNIX_CONFIG_GREETING=hello");
    expect(environment).toContain(
      `PORTUNIX_CONFIG_FILE=${join(daemon.plugins, "configs", "team-a.healthy.json")}`,
    );
    abort.abort();
    await watched;
    await daemon.close();
    const next = await startDaemon(home);
    const adopted = await inState(next, "ready");
    expect(adopted.observed.instances[0]?.pid).toBe(pid);
    expect(adopted.sequence).toBeGreaterThan(ready.sequence);
    const instanceId = adopted.observed.instances[0]?.id ?? "";
    const stop = { key: KEY, instanceId, gracePeriodSeconds: 5, reason: "Deleted" };
    await expect(next.host.uninstall(KEY, NEVER)).rejects.toMatchObject({ code: "InstanceBusy" });
    await next.host.stop(stop, NEVER);
    await inState(next, "exited");
    await next.host.stop(stop, NEVER);
    await next.host.uninstall(KEY, NEVER);
    expect(await next.host.list(NEVER)).toEqual([]);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});
