import { join } from "node:path";
import { allDefinitions } from "../api/definitions.ts";
import { type ApiServer, createApiServer } from "../apiserver/create-api-server.ts";
import type { DaemonInfo } from "../apiserver/ports.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Memory } from "../plan/memory.ts";
import { createController } from "../reconcile/controller.ts";
import { createPluginChanges } from "../store/plugin-changes.ts";
import { createPluginStore, refOfPlugin } from "../store/plugin-store.ts";
import { type Store, openStore } from "../store/store.ts";
import { createConnectors } from "./connectors.ts";
import { boundDaemonLog } from "./daemon-log.ts";
import { type DaemonHome, openHome, packageRoot, packageVersion } from "./home.ts";
import { startGateway } from "./start-gateway.ts";
import { type PluginHosting, startHosting } from "./start-hosting.ts";
import { type Sources, startSources } from "./start-sources.ts";
import { UndoStack } from "./undo-stack.ts";

export interface DaemonOptions {
  readonly home: string;
  readonly manifests: readonly string[];
  readonly allowDelete: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Daemon {
  /** Stops in reverse order; plugins go on running. */
  close(): Promise<void>;
}

/**
 * Builds a daemon out of the rooms, each resting on those started before it: the store (whose lock
 * makes it the only one of its home), the plugin host with what still runs, the gateway, the
 * controller, the sources, and last the API, so that whoever reaches it finds all in place.
 *
 * @throws {PortunixError} What kept a part from starting; those started before are stopped again.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const undo = new UndoStack();
  try {
    await startParts(options, undo);
    return { close: () => undo.run() };
  } catch (thrown) {
    await undo.run();
    throw thrown;
  }
}

async function startParts(options: DaemonOptions, undo: UndoStack): Promise<void> {
  const { clock, logger } = options;
  const root = packageRoot();
  const protoDir = join(root, "proto");
  const home = openHome(options.home);
  const store = await openStore({
    path: home.databasePath,
    clock,
    logger,
    definitions: allDefinitions,
  });
  undo.add(() => store.close());
  const logTimer = boundDaemonLog(home.daemonLogPath, clock);
  undo.add(() => logTimer.cancel());
  const hosting = await startHosting({ home, protoDir, clock, logger });
  undo.add(() => hosting.close());
  const gateway = await startGateway({ home, protoDir, logger, manager: hosting.manager });
  undo.add(() => gateway.close());
  const controller = createController({
    store: createPluginStore<Memory>(store),
    host: gateway.client,
    changes: createPluginChanges(store),
    clock,
    logger,
  });
  controller.start();
  undo.add(() => controller.stop());
  const sources = startSources({ ...options, store });
  undo.add(() => sources.close());
  const api = createApi(options, { home, hosting, sources, store, version: packageVersion(root) });
  await api.listen(home.apiSocketPath);
  undo.add(() => api.close());
}

interface Parts {
  readonly home: DaemonHome;
  readonly hosting: PluginHosting;
  readonly sources: Sources;
  readonly store: Store;
  readonly version: string;
}

function createApi({ clock, logger, manifests }: DaemonOptions, parts: Parts): ApiServer {
  const { home, hosting, sources, store, version } = parts;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const info = (): DaemonInfo => ({
    pid: process.pid,
    home: home.directory,
    socket: home.apiSocketPath,
    version,
    startedAt,
    manifests,
  });
  return createApiServer({
    store,
    definitions: allDefinitions,
    connectors: createConnectors({
      hosting,
      logDir: home.logDir,
      clock,
      ownerOf: (key) => store.inventory.ownerOf(refOfPlugin(key)),
    }),
    info,
    status: () => ({ sources: sources.status() }),
    warnings: () => storageWarnings(store),
    clock,
    logger,
  });
}

/** With the store at a standstill, what it shows of the plugins is not what is so. */
function storageWarnings(store: Store): string[] {
  const fault = store.writeFault();
  if (fault === undefined) return [];
  return [`${fault.code}: ${fault.message}; what is shown may be out of date until then`];
}
