import { join } from "node:path";
import { splitKey } from "../../api/key.ts";
import { PortunixError } from "../../base/errors.ts";
import type { LaunchRequest } from "../instance.ts";
import { toCommandLine, usesTemplate, type TemplateValues } from "./command-line.ts";
import { toEnvironment } from "./environment.ts";
import { LOOPBACK, choosePort } from "./free-port.ts";
import { resolveMain } from "./main-file.ts";

/** A launch, worked out. Holds secrets (the environment): it lives in memory only. */
export interface LaunchPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly dataDir: string;
  readonly address: string;
  readonly ports: readonly number[];
  /** What the user should know of it; mostly empty. */
  readonly note: string;
}

export interface LaunchContext {
  readonly id: string;
  readonly nonce: string;
  /** The instance's own directory under run/. */
  readonly instanceDir: string;
  readonly dataDir: string;
  readonly nodePath: string;
  readonly baseEnvironment: Readonly<Record<string, string>>;
  readonly takenPorts: ReadonlySet<number>;
}

/** sun_path of Linux is 108 bytes, the last of which is a NUL. */
const SOCKET_PATH_MAX_BYTES = 107;

/** @throws {PortunixError} LaunchFailed: it cannot work as things stand. */
export async function planLaunch(
  request: LaunchRequest,
  context: LaunchContext,
): Promise<LaunchPlan> {
  const { runtime } = request;
  const main = await resolveMain(request);
  const listens = await chooseAddress(request, context);
  const health = usesTemplate(runtime, "healthPort")
    ? await choosePort(
        runtime.health_check_port,
        new Set([...context.takenPorts, ...listens.ports]),
      )
    : undefined;
  const values: TemplateValues = {
    port: listens.port,
    healthPort: health?.port,
    socket: listens.socket,
    config: request.configFile,
    dataDir: context.dataDir,
  };
  return {
    ...toCommandLine(runtime, values, { main, nodePath: context.nodePath }),
    environment: toEnvironment({
      base: context.baseEnvironment,
      requested: request.environment,
      runtime,
      values,
      name: splitKey(request.key).name,
      address: listens.address,
      id: context.id,
      nonce: context.nonce,
    }),
    cwd: request.packageDir,
    dataDir: context.dataDir,
    address: listens.address,
    ports: [...listens.ports, ...(health === undefined ? [] : [health.port])],
    note: [listens.note, health?.note ?? ""].filter((note) => note !== "").join("; "),
  };
}

interface Listens {
  readonly address: string;
  readonly port: number | undefined;
  readonly socket: string | undefined;
  readonly ports: readonly number[];
  readonly note: string;
}

async function chooseAddress(request: LaunchRequest, context: LaunchContext): Promise<Listens> {
  const { runtime } = request;
  const wantsTcp = runtime.port !== undefined || usesTemplate(runtime, "port");
  if (!wantsTcp || usesTemplate(runtime, "socket")) {
    const socket = socketPath(context.instanceDir);
    return { address: `unix:${socket}`, port: undefined, socket, ports: [], note: "" };
  }
  const { port, note } = await choosePort(runtime.port, context.takenPorts);
  if (port === 0)
    throw new PortunixError("LaunchFailed", `no free TCP port on ${LOOPBACK}; close some programs`);
  return { address: `${LOOPBACK}:${port}`, port, socket: undefined, ports: [port], note };
}

function socketPath(instanceDir: string): string {
  const path = join(instanceDir, "p.sock");
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_MAX_BYTES) return path;
  throw new PortunixError(
    "LaunchFailed",
    `the socket path ${path} is ${bytes} bytes long, and the system takes ${SOCKET_PATH_MAX_BYTES}; set PORTUNIX_HOME to a shorter path`,
  );
}
