import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { ConfigStore } from "../config/config-store.ts";
import { PluginManager } from "../manager/plugin-manager.ts";
import { Registry } from "../registry/registry.ts";
import type { Instance } from "../runtime/instance.ts";
import { createSupervisor } from "../runtime/supervisor.ts";
import type { DaemonHome } from "./home.ts";
import { pluginEnvironment } from "./plugin-environment.ts";

export interface HostingOptions {
  readonly home: DaemonHome;
  readonly protoDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The Plugin Manager and what it rests on. */
export interface PluginHosting {
  readonly manager: PluginManager;
  readonly registry: Registry;
  /** What runs, or has ended and is not forgotten yet. */
  readonly instances: () => readonly Instance[];
  close(): Promise<void>;
}

/** Opens the plugins' files, takes over the processes that outlived the last daemon, and manages both. */
export async function startHosting(options: HostingOptions): Promise<PluginHosting> {
  const { home, clock, logger, protoDir } = options;
  const registry = new Registry({ directory: home.pluginsDir, clock, logger });
  await registry.open();
  const config = new ConfigStore({ directory: join(home.pluginsDir, "configs"), logger });
  await config.open();
  const supervisor = createSupervisor({
    runDir: home.runDir,
    dataDir: home.dataDir,
    logDir: home.logDir,
    clock,
    logger,
    protoDir,
    baseEnvironment: pluginEnvironment(process.env),
  });
  await supervisor.recover();
  const manager = new PluginManager({ registry, config, supervisor, clock, logger });
  return {
    manager,
    registry,
    instances: () => supervisor.list(),
    close: async () => {
      manager.close();
      await supervisor.close();
    },
  };
}
