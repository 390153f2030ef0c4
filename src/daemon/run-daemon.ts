import { systemClock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import { createDaemonLogger } from "./daemon-log.ts";
import { parseListenAddress } from "./listen-address.ts";
import { startDaemon } from "./start-daemon.ts";

export interface RunOptions {
  /** PORTUNIX_HOME, absolute. */
  readonly home: string;
  /** Directories to keep the desired state in step with. */
  readonly manifests: readonly string[];
  /** How many objects one pass over a directory may delete; undefined for the budget. */
  readonly allowDelete: number | undefined;
  /** Where to serve the API over TLS, such as `127.0.0.1:0`; undefined: nowhere. */
  readonly listen: string | undefined;
  /** Whether `listen` may be reached from other machines. */
  readonly listenBeyondLoopback: boolean;
  readonly logLevel: string;
}

/**
 * Runs a daemon until SIGTERM or SIGINT, and stops it in order; plugins go on running. A second
 * signal ends it at once, which is as safe as any kill.
 *
 * @throws {PortunixError} What kept it from starting.
 */
export async function runDaemon(options: RunOptions): Promise<void> {
  process.umask(0o077);
  const logger = createDaemonLogger(options.logLevel);
  const { listen: address, listenBeyondLoopback, ...rest } = options;
  const listen =
    address === undefined ? undefined : parseListenAddress(address, listenBeyondLoopback);
  const signalled = nextSignal();
  process.on("uncaughtException", (thrown) => {
    logger.error({ error: thrown.message, stack: thrown.stack }, "a fault of the daemon: it ends");
    process.exit(70);
  });
  const daemon = await startDaemon({ ...rest, listen, clock: systemClock, logger });
  logger.info({ home: options.home }, "ready");
  const signal = await signalled;
  logger.info({ signal }, "stopping; plugins go on running");
  nextSignal().then(
    () => process.exit(0),
    () => {},
  );
  try {
    await daemon.close();
  } catch (thrown) {
    const { message } = PortunixError.from(thrown);
    logger.error({ error: message }, "did not stop cleanly");
  }
  logger.info({}, "stopped");
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}
