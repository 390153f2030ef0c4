import { chmodSync, lstatSync, mkdirSync, statSync, unlinkSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { errnoOf, PortunixError } from "../base/errors.ts";

/** What Linux takes (sun_path, with its closing NUL). */
const PATH_MAX_BYTES = 107;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Listens on a unix socket, mode 0600, in a directory of mode 0700. A socket that a dead daemon
 * left behind is replaced; one that answers is another daemon's, and DaemonRunning is thrown.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  checkLength(path);
  makePrivateDirectory(dirname(path));
  await removeStale(path);
  await bind(server, path);
  chmodSync(path, 0o600);
}

function checkLength(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > PATH_MAX_BYTES)
    throw new PortunixError(
      "BadRequest",
      `the socket path ${path} has ${length} bytes, and the system allows ${PATH_MAX_BYTES}: set PORTUNIX_HOME to a shorter directory`,
    );
}

function makePrivateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(directory);
    if ((mode & 0o077) === 0) return;
    // A sticky directory, such as /tmp, is shared on purpose; taking it away would harm others.
    if ((mode & 0o1000) !== 0 || uid !== process.getuid?.())
      throw new PortunixError(
        "PermissionDenied",
        `the directory ${directory} is open to other users (mode ${(mode & 0o7777).toString(8)}): use one of your own for the socket, mode 0700`,
      );
    chmodSync(directory, 0o700);
  } catch (thrown) {
    throw storageError(thrown, `cannot prepare the socket's directory ${directory}`);
  }
}

/** Removes a socket only when nobody listens on it, and nothing that is not a socket. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new PortunixError(
      "StorageFailed",
      `${path} is in the way: it is not a socket; move it away`,
    );
  if (await isAnswered(path))
    throw new PortunixError(
      "DaemonRunning",
      `another daemon is listening on ${path}: stop it first (portunix daemon stop)`,
    );
  try {
    unlinkSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== "ENOENT")
      throw storageError(thrown, `cannot remove the stale socket ${path}`);
  }
}

/** A connection refused, or a socket gone meanwhile, is certain; anything else may be a busy daemon. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(true));
    socket.once("connect", () => finish(true));
    socket.once("error", (error) =>
      finish(!["ECONNREFUSED", "ENOENT"].includes(errnoOf(error) ?? "")),
    );
  });
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(storageError(error, `cannot listen on the socket ${path}`));
    server.once("error", fail);
    server.listen(path, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

function storageError(thrown: unknown, what: string): PortunixError {
  if (thrown instanceof PortunixError) return thrown;
  const { code, message } = PortunixError.from(thrown);
  return new PortunixError(code === "Internal" ? "StorageFailed" : code, `${what}: ${message}`, {
    cause: thrown,
  });
}
