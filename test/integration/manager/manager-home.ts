import { join } from "node:path";
import { onTestFinished } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import type { ObjectKey } from "../../../src/api/key.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { ConfigStore } from "../../../src/config/config-store.ts";
import { PluginManager } from "../../../src/manager/plugin-manager.ts";
import type { PluginState } from "../../../src/manager/ports.ts";
import { MONITOR, NEVER, openRegistry, writePackage } from "../registry/package-samples.ts";
import { FakeSupervisor } from "./fake-supervisor.ts";

export const PROBE = {
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 3,
  successThreshold: 1,
  failureThreshold: 3,
};
export const PROBES = { startup: PROBE, readiness: PROBE, liveness: PROBE };

/** A Plugin Manager over real files, with a package to install and no processes. */
export class ManagerHome {
  readonly plugins: string;
  readonly source: string;
  readonly supervisor = new FakeSupervisor();
  readonly manager: PluginManager;

  constructor(options: {
    plugins: string;
    source: string;
    manager: PluginManager;
    supervisor: FakeSupervisor;
  }) {
    this.plugins = options.plugins;
    this.source = options.source;
    this.manager = options.manager;
    this.supervisor = options.supervisor;
  }

  async install(key: ObjectKey = MONITOR): Promise<PluginState> {
    const request = { key, sourcePath: this.source, version: undefined, digest: undefined };
    return this.manager.install(request, NEVER);
  }

  /** Installed, enabled and configured. */
  async prepare(key: ObjectKey = MONITOR): Promise<PluginState> {
    await this.install(key);
    await this.manager.enable(key);
    return this.manager.configure(key, { timeoutSeconds: 30, token: "s3cret" });
  }

  async start(revision = "r1", key: ObjectKey = MONITOR, ordinal = 0): Promise<PluginState> {
    const request = { key, ordinal, revision, probes: PROBES, gracePeriodSeconds: 10 };
    return this.manager.start(request);
  }

  async stop(instanceId: string, key: ObjectKey = MONITOR): Promise<PluginState> {
    return this.manager.stop({ key, instanceId, gracePeriodSeconds: 10, reason: "test" });
  }
}

const CONFIGURATION = `configuration:
  required:
    token: {type: string, sensitive: true}
  optional:
    timeoutSeconds: {type: integer, default: 30}
`;

/** @param at - Where a former one was: the daemon starts again. */
export async function openManager(at?: ManagerHome): Promise<ManagerHome> {
  const home = at === undefined ? tempDir() : join(at.plugins, "..");
  const plugins = join(home, "plugins");
  const source = at?.source ?? writePackage(join(home, "source"), { extra: CONFIGURATION });
  const supervisor = at?.supervisor ?? new FakeSupervisor();
  const registry = await openRegistry(plugins);
  const config = new ConfigStore({ directory: join(plugins, "configs"), logger: silentLogger });
  await config.open();
  const options = { registry, config, supervisor, clock: systemClock, logger: silentLogger };
  const manager = new PluginManager(options);
  onTestFinished(() => manager.close());
  return new ManagerHome({ plugins, source, manager, supervisor });
}
