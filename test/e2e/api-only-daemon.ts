import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { allDefinitions } from "../../src/api/definitions.ts";
import { createApiServer } from "../../src/apiserver/create-api-server.ts";
import { DefinitionRegistry } from "../../src/apiserver/definition-registry.ts";
import { startLifecycle } from "../../src/apiserver/lifecycle/start-lifecycle.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { openStore, type Store } from "../../src/store/store.ts";

export interface ApiOnlyDaemon {
  readonly store: Store;
  close(): Promise<void>;
}

/** The real API server over the real store, in this process, with no controller behind them. */
export async function startApiOnlyDaemon(home: string): Promise<ApiOnlyDaemon> {
  mkdirSync(join(home, "run"), { recursive: true, mode: 0o700 });
  const socket = join(home, "run", "api.sock");
  const options = { clock: systemClock, logger: silentLogger, definitions: allDefinitions };
  const store = await openStore({ ...options, path: join(home, "state", "portunix.db") });
  const info = () => ({
    pid: process.pid,
    home,
    socket,
    version: "0.0.0",
    startedAt: "2026-01-01T00:00:00Z",
    manifests: [],
  });
  const registry = new DefinitionRegistry(allDefinitions);
  const lifecycle = startLifecycle({ store, registry, clock: systemClock });
  const definitions = registry.all;
  const server = createApiServer({ ...options, definitions, store, connectors: [], info });
  await server.listen(socket);
  return {
    store,
    async close() {
      await server.close();
      lifecycle.close();
      store.close();
    },
  };
}
