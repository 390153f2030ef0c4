import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where a daemon lives, as the CLI needs to know it. All paths absolute. */
export interface Home {
  readonly directory: string;
  /** The API server's unix socket. */
  readonly socketPath: string;
  /** What an autostarted daemon prints. */
  readonly logPath: string;
  /** Exists once a daemon has run here. */
  readonly databasePath: string;
  /** What the daemon serves, kept for a minute. */
  readonly discoveryPath: string;
}

/** `PORTUNIX_HOME`, or `~/.portunix`. */
export function homeFrom(environment: Readonly<Record<string, string | undefined>>): Home {
  const configured = environment["PORTUNIX_HOME"];
  const directory =
    configured === undefined || configured === ""
      ? join(homedir(), ".portunix")
      : resolve(configured);
  return {
    directory,
    socketPath: join(directory, "run", "api.sock"),
    logPath: join(directory, "daemon.log"),
    databasePath: join(directory, "state", "portunix.db"),
    discoveryPath: join(directory, "cache", "discovery.json"),
  };
}
