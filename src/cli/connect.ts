import { PortunixError } from "../base/errors.ts";
import type { ApiClient } from "../client/api-client.ts";
import { createClient } from "../client/client.ts";
import type { Home } from "../client/home.ts";

/** When a command may start a daemon: always, only where one has run before, or not at all. */
export type Autostart = "always" | "ifStateExists" | "never";

export interface ConnectOptions {
  readonly home: Home;
  readonly autostart: Autostart;
  /** Told what the daemon warns of. */
  readonly warn: (text: string) => void;
}

/**
 * Calls `use` with a client, and closes it. When no daemon answers the first request, one is
 * started, where that is allowed, and `use` is called again: nothing has happened before it.
 */
export async function useClient<T>(
  { home, autostart, warn }: ConnectOptions,
  use: (client: ApiClient) => Promise<T>,
): Promise<T> {
  const client = createClient({
    socketPath: home.socketPath,
    discoveryPath: home.discoveryPath,
    onWarning: warn,
  });
  try {
    return await use(client);
  } catch (thrown) {
    if (client.wasReached() || !isUnreachable(thrown)) throw thrown;
    const { hasState, startDaemon } = await import("../client/autostart.ts");
    const isWanted = autostart === "always" || (autostart === "ifStateExists" && hasState(home));
    if (!isWanted || process.env["PORTUNIX_AUTOSTART"] === "0") throw noDaemon(home, thrown);
    await startDaemon(client, { home, binPath: ownBinPath() });
    return await use(client);
  } finally {
    client.close();
  }
}

/** The executable that this process was started as. */
export function ownBinPath(): string {
  return process.argv[1] ?? "portunix";
}

function noDaemon(home: Home, cause: unknown): PortunixError {
  return new PortunixError(
    "DaemonUnreachable",
    `no daemon is running for ${home.directory}; start one with: portunix daemon start`,
    { cause },
  );
}

function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof PortunixError && thrown.code === "DaemonUnreachable";
}
