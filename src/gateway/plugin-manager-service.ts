import { chmod, lstat, mkdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import {
  type handleUnaryCall,
  type ServerWritableStream,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { errnoOf, PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { toServiceError } from "./grpc-error.ts";
import { loadPluginManagerDefinition, MAX_MESSAGE_BYTES } from "./plugin-manager-definition.ts";
import type {
  ConfigureRequestMessage,
  HealthResponseMessage,
  InstallRequestMessage,
  ListResponseMessage,
  PluginMessage,
  PluginStateMessage,
  ResolveRequestMessage,
  ResolveResponseMessage,
  StartRequestMessage,
  StopRequestMessage,
  WatchEventMessage,
} from "./plugin-manager-messages.ts";
import { parseKey, toStateMessage } from "./plugin-state-codec.ts";
import type { PluginState, ServedManager } from "./ports.ts";
import { parseConfig, parseInstall, parseSourcePath, parseStart, parseStop } from "./requests.ts";
import { serveWatch } from "./watch-stream.ts";

export interface GatewayServerOptions {
  readonly manager: ServedManager;
  /** The proto/ directory of the package. */
  readonly protoDir: string;
  readonly logger: Logger;
}

export interface GatewayServer {
  /**
   * Serves on a unix socket that only this user can open.
   *
   * @param socketPath - Absolute, at most 107 bytes, in a directory for nobody else.
   * @throws {PortunixError} DaemonRunning: another server answers there.
   */
  listen(socketPath: string): Promise<void>;
  /** Ends all calls and removes the socket. */
  close(): void;
}

/** sun_path of sockaddr_un, less the ending NUL. */
const MAX_SOCKET_PATH_BYTES = 107;

/** The gRPC server of `portunix.gateway.v1.PluginManager`. */
export function createGatewayServer(options: GatewayServerOptions): GatewayServer {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(loadPluginManagerDefinition(options.protoDir), handlersOf(options));
  return {
    async listen(socketPath) {
      await prepareSocket(socketPath);
      await bind(server, socketPath);
      await chmod(socketPath, 0o600);
    },
    close: () => server.forceShutdown(),
  };
}

function handlersOf({ manager, logger }: GatewayServerOptions): UntypedServiceImplementation {
  const stateOf =
    <Request>(run: (request: Request, signal: AbortSignal) => Promise<PluginState>) =>
    async (request: Request, signal: AbortSignal): Promise<PluginStateMessage> =>
      toStateMessage(await run(request, signal));
  const handlers = {
    resolve: async ({ sourcePath }: ResolveRequestMessage, signal: AbortSignal) => {
      const found = await manager.resolve(parseSourcePath(sourcePath), signal);
      const { name, version, digest, manifest } = found;
      return {
        name,
        version,
        digest,
        manifest: JSON.stringify(manifest),
      } satisfies ResolveResponseMessage;
    },
    install: stateOf((request: InstallRequestMessage, signal) =>
      manager.install(parseInstall(request), signal),
    ),
    uninstall: stateOf(({ plugin }: PluginMessage) => manager.uninstall(parseKey(plugin))),
    enable: stateOf(({ plugin }: PluginMessage) => manager.enable(parseKey(plugin))),
    disable: stateOf(({ plugin }: PluginMessage) => manager.disable(parseKey(plugin))),
    configure: stateOf((request: ConfigureRequestMessage) =>
      manager.configure(parseKey(request.plugin), parseConfig(request)),
    ),
    start: stateOf((request: StartRequestMessage) => manager.start(parseStart(request))),
    stop: stateOf((request: StopRequestMessage) => manager.stop(parseStop(request))),
    health: async ({ plugin }: PluginMessage, signal: AbortSignal) =>
      ({
        instances: await manager.health(parseKey(plugin), signal),
      }) satisfies HealthResponseMessage,
    list: async () =>
      ({ plugins: (await manager.list()).map(toStateMessage) }) satisfies ListResponseMessage,
  };
  const unary = Object.entries(handlers).map(([name, run]) => [
    name,
    toHandler(name, run as UnaryRun, logger),
  ]);
  return {
    ...(Object.fromEntries(unary) as UntypedServiceImplementation),
    watch: (call: ServerWritableStream<unknown, WatchEventMessage>) => serveWatch(manager, call),
  };
}

type UnaryRun = (request: unknown, signal: AbortSignal) => Promise<unknown>;

/** Gives up the work when the caller has. */
function toHandler(name: string, run: UnaryRun, logger: Logger): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on("cancelled", () => abort.abort());
    run(call.request, abort.signal).then(
      (response) => callback(null, response),
      (thrown: unknown) => {
        const { code, cause } = PortunixError.from(thrown);
        if (code === "Internal" && !abort.signal.aborted) {
          logger.error({ method: name, error: thrown, cause }, "a gateway method failed");
        }
        callback(toServiceError(thrown));
      },
    );
  };
}

async function bind(server: Server, socketPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(cannotListen(socketPath, error.message, error));
    });
  });
}

async function prepareSocket(socketPath: string): Promise<void> {
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
    const problem = `longer than ${MAX_SOCKET_PATH_BYTES} bytes; set PORTUNIX_HOME to a shorter path`;
    throw cannotListen(socketPath, problem, undefined);
  }
  const directory = dirname(socketPath);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { mode } = await lstat(directory);
  // Until its mode is set, the socket is protected by its directory alone.
  if ((mode & 0o077) !== 0) {
    throw cannotListen(socketPath, `others may enter ${directory}; chmod it to 700`, undefined);
  }
  if (!(await hasSocket(socketPath))) return;
  if (await answers(socketPath)) {
    throw new PortunixError(
      "DaemonRunning",
      `${socketPath}: another gateway answers there already`,
    );
  }
  await unlink(socketPath);
}

async function hasSocket(socketPath: string): Promise<boolean> {
  const stats = await lstat(socketPath).catch((thrown: unknown) => {
    if (errnoOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  });
  if (stats === undefined || stats.isSocket()) return stats !== undefined;
  throw cannotListen(socketPath, "something that is no socket is in its place; move it", undefined);
}

/** A socket that a dead server has left refuses connections. */
async function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => {
      const code = errnoOf(error);
      if (code === "ECONNREFUSED" || code === "ENOENT") resolve(false);
      else reject(cannotListen(socketPath, error.message, error));
    });
  });
}

function cannotListen(socketPath: string, problem: string, cause: unknown): PortunixError {
  return new PortunixError("StorageFailed", `gateway socket ${socketPath}: ${problem}`, { cause });
}
