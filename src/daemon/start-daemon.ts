import { join } from "node:path";
import { controllerRevisionDefinition } from "../api/controller-revision-definition.ts";
import { allDefinitions } from "../api/definitions.ts";
import { type ApiServer, createApiServer } from "../apiserver/create-api-server.ts";
import { createFieldTracker } from "../apiserver/field-manager/create-field-tracker.ts";
import { DefinitionRegistry } from "../apiserver/definition-registry.ts";
import { startLifecycle } from "../apiserver/lifecycle/start-lifecycle.ts";
import type { DaemonInfo } from "../apiserver/ports.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Memory } from "../plan/memory.ts";
import { type Controller, createController } from "../reconcile/controller.ts";
import { createPluginChanges } from "../store/plugin-changes.ts";
import { createPluginStore, refOfPlugin } from "../store/plugin-store.ts";
import { type Store, openStore } from "../store/store.ts";
import { createConnectors } from "./connectors.ts";
import { boundDaemonLog } from "./daemon-log.ts";
import { type DaemonHome, openHome, packageRoot, packageVersion } from "./home.ts";
import { keepRevisions } from "./keep-revisions.ts";
import type { ListenAddress } from "./listen-address.ts";
import { DaemonAccess } from "./start-access.ts";
import { startGateway } from "./start-gateway.ts";
import { type PluginHosting, startHosting } from "./start-hosting.ts";
import { type Sources, startSources } from "./start-sources.ts";
import { UndoStack } from "./undo-stack.ts";
import { createViewing, type Viewing } from "./views/viewing.ts";

export interface DaemonOptions {
  readonly home: string;
  readonly manifests: readonly string[];
  readonly allowDelete: number | undefined;
  /** Where to serve the API over TLS; undefined: on the unix socket alone. */
  readonly listen?: ListenAddress | undefined;
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
    definitions: [...allDefinitions, controllerRevisionDefinition],
    trackFields: createFieldTracker(clock),
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
  const version = packageVersion(root);
  const { logDir } = home;
  const viewing = createViewing({ store, instances: hosting.instances, logDir, version, clock });
  const registry = new DefinitionRegistry([
    ...allDefinitions,
    controllerRevisionDefinition,
    ...viewing.definitions,
  ]);
  const lifecycle = startLifecycle({ store, registry, clock });
  undo.add(() => lifecycle.close());
  const revisions = keepRevisions({ store, logger });
  undo.add(() => revisions.close());
  const access = new DaemonAccess({ home, store, clock, logger });
  const parts = { access, controller, home, hosting, sources, store, viewing, registry, version };
  const api = createApi(options, parts);
  undo.add(() => api.close());
  undo.add(() => access.close());
  // The socket last, since whoever finds it may ask where else the API is served.
  if (options.listen !== undefined) await access.listen(api, options.listen);
  await api.listen(home.apiSocketPath);
}

interface Parts {
  readonly access: DaemonAccess;
  readonly controller: Controller;
  readonly home: DaemonHome;
  readonly hosting: PluginHosting;
  readonly sources: Sources;
  readonly store: Store;
  readonly viewing: Viewing;
  readonly registry: DefinitionRegistry;
  readonly version: string;
}

function createApi({ clock, logger, manifests }: DaemonOptions, parts: Parts): ApiServer {
  const { access, controller, home, hosting, sources, store, viewing, registry, version } = parts;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const info = (): DaemonInfo => ({
    pid: process.pid,
    home: home.directory,
    socket: home.apiSocketPath,
    version,
    startedAt,
    manifests,
    ...(access.server === undefined ? {} : { server: access.server }),
  });
  return createApiServer({
    store: viewing.store,
    definitions: registry.all,
    connectors: [
      ...createConnectors({
        hosting,
        logDir: home.logDir,
        clock,
        ownerOf: (key) => store.inventory.ownerOf(refOfPlugin(key)),
      }),
      ...viewing.connectors,
    ],
    measurements: viewing.measurements,
    info,
    access: access.access,
    status: () => ({ sources: sources.status() }),
    refresh: () => controller.refresh(),
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
