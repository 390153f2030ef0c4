import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PortunixError } from "../base/errors.ts";
import { makePrivateDirectory } from "../base/make-directory.ts";

/** Everything that a daemon keeps, by place. All paths absolute; the layout is the design's. */
export interface DaemonHome {
  readonly directory: string;
  readonly databasePath: string;
  /** Keys and certificates of the TLS server. */
  readonly tlsDir: string;
  readonly runDir: string;
  readonly apiSocketPath: string;
  readonly gatewaySocketPath: string;
  readonly pluginsDir: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly daemonLogPath: string;
}

/** Makes the directories that are missing, for this user alone. */
export function openHome(directory: string): DaemonHome {
  const at = (...parts: string[]): string => join(directory, ...parts);
  const home: DaemonHome = {
    directory,
    databasePath: at("state", "portunix.db"),
    tlsDir: at("state", "tls"),
    runDir: at("run"),
    apiSocketPath: at("run", "api.sock"),
    gatewaySocketPath: at("run", "gateway.sock"),
    pluginsDir: at("plugins"),
    dataDir: at("data"),
    logDir: at("plugins", "logs"),
    daemonLogPath: at("daemon.log"),
  };
  const needed = [directory, at("state"), home.runDir, home.pluginsDir, home.logDir, home.dataDir];
  for (const path of needed) makePrivate(path);
  return home;
}

function makePrivate(path: string): void {
  try {
    makePrivateDirectory(path);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PortunixError(
      "StorageFailed",
      `cannot make ${path}: ${why}; make its parent writable, or set PORTUNIX_HOME to another directory`,
      { cause: thrown },
    );
  }
}

/** The directory of this package, which holds `proto/`: above the bundle as above this source. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(directory, "proto")) && existsSync(join(directory, "package.json"))) {
      return directory;
    }
    const parent = dirname(directory);
    if (parent === directory) {
      throw new PortunixError(
        "Internal",
        "the package's own files are incomplete: no proto/ found",
      );
    }
    directory = parent;
  }
}

export function packageVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
