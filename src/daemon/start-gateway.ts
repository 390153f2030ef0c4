import type { Logger } from "../base/logger.ts";
import { createPluginManagerClient } from "../gateway/plugin-manager-client.ts";
import { createGatewayServer } from "../gateway/plugin-manager-service.ts";
import type { PluginManager } from "../manager/plugin-manager.ts";
import type { PluginHost } from "../reconcile/ports.ts";
import type { DaemonHome } from "./home.ts";

export interface Gateway {
  /** The reconciler's way to act: over the socket, as from another process. */
  readonly client: PluginHost;
  close(): void;
}

export async function startGateway(options: {
  readonly home: DaemonHome;
  readonly protoDir: string;
  readonly logger: Logger;
  readonly manager: PluginManager;
}): Promise<Gateway> {
  const { home, protoDir, logger, manager } = options;
  const socketPath = home.gatewaySocketPath;
  const server = createGatewayServer({ manager, protoDir, logger });
  await server.listen(socketPath);
  const client = createPluginManagerClient({ socketPath, protoDir, logger });
  return {
    client,
    close: () => {
      client.close();
      server.close();
    },
  };
}
