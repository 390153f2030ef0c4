import {
  Client,
  type ClientReadableStream,
  credentials,
  type MethodDefinition,
  type ServiceDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { ObjectKey } from "../api/key.ts";
import type { PackageManifest } from "../api/package-manifest.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { systemClock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { fromServiceError } from "./grpc-error.ts";
import { loadPluginManagerDefinition, MAX_MESSAGE_BYTES } from "./plugin-manager-definition.ts";
import type {
  HealthResponseMessage,
  ListResponseMessage,
  PluginStateMessage,
  ResolveResponseMessage,
  WatchEventMessage,
} from "./plugin-manager-messages.ts";
import { fromStateMessage } from "./plugin-state-codec.ts";
import type {
  InstallRequest,
  InstanceHealth,
  PluginState,
  ResolvedSource,
  StartRequest,
  StopRequest,
} from "./ports.ts";

export interface PluginManagerClientOptions {
  readonly socketPath: string;
  /** The proto/ directory of the package. */
  readonly protoDir: string;
  readonly logger: Logger;
  /** For every call but Install and Watch; 30 s unless given. */
  readonly deadlineMs?: number;
}

/** The PluginManager service from the side of the caller. Every method rejects with a PortunixError. */
export interface PluginHostClient {
  resolve(sourcePath: string, signal: AbortSignal): Promise<ResolvedSource>;
  install(request: InstallRequest, signal: AbortSignal): Promise<PluginState>;
  uninstall(key: ObjectKey, signal: AbortSignal): Promise<PluginState>;
  enable(key: ObjectKey, signal: AbortSignal): Promise<PluginState>;
  disable(key: ObjectKey, signal: AbortSignal): Promise<PluginState>;
  configure(
    key: ObjectKey,
    config: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<PluginState>;
  start(request: StartRequest, signal: AbortSignal): Promise<PluginState>;
  /** On an instance that has ended: forgets it. */
  stop(request: StopRequest, signal: AbortSignal): Promise<PluginState>;
  list(signal: AbortSignal): Promise<readonly PluginState[]>;
  /** The state of every plugin, then `onSynced`, then every change. Ends when the signal says so or the gateway closes; rejects when the stream breaks. */
  watch(
    handlers: { onState(state: PluginState): void; onSynced(): void },
    signal: AbortSignal,
  ): Promise<void>;
  /** Asks the living instances now. */
  health(key: ObjectKey, signal: AbortSignal): Promise<readonly InstanceHealth[]>;
  close(): void;
}

const DEADLINE_MS = 30_000;
/** A large package is copied and made durable file by file. */
const INSTALL_DEADLINE_MS = 300_000;

export function createPluginManagerClient(options: PluginManagerClientOptions): PluginHostClient {
  const calls = new Calls(options);
  const state = async (method: string, call: CallOptions): Promise<PluginState> =>
    fromStateMessage(await calls.unary<PluginStateMessage>(method, call));
  return {
    resolve: async (sourcePath, signal) => {
      const on = { request: { sourcePath }, subject: sourcePath, signal };
      const found = await calls.unary<ResolveResponseMessage>("Resolve", on);
      return { ...found, manifest: JSON.parse(found.manifest) as PackageManifest };
    },
    install: ({ key, sourcePath, version, digest }, signal) =>
      state("Install", {
        request: { plugin: key, sourcePath, version: version ?? "", digest: digest ?? "" },
        subject: key,
        signal,
        deadlineMs: INSTALL_DEADLINE_MS,
      }),
    uninstall: (key, signal) => state("Uninstall", of(key, signal)),
    enable: (key, signal) => state("Enable", of(key, signal)),
    disable: (key, signal) => state("Disable", of(key, signal)),
    configure: (key, config, signal) =>
      state("Configure", of(key, signal, { config: canonicalJson(config) })),
    start: ({ key, probes, gracePeriodSeconds, ordinal, revision }, signal) =>
      state(
        "Start",
        of(key, signal, {
          ordinal,
          revision,
          ...probes,
          terminationGracePeriodSeconds: gracePeriodSeconds,
        }),
      ),
    stop: ({ key, ...request }, signal) => state("Stop", of(key, signal, request)),
    list: async (signal) => {
      const on = { request: {}, subject: "", signal };
      const { plugins } = await calls.unary<ListResponseMessage>("List", on);
      return plugins.map(fromStateMessage);
    },
    watch: (handlers, signal) => calls.watch(handlers, signal),
    health: async (key, signal) =>
      (await calls.unary<HealthResponseMessage>("Health", of(key, signal))).instances,
    close: () => calls.close(),
  };
}

interface CallOptions {
  readonly request: object;
  /** On what, for messages. */
  readonly subject: string;
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
}

function of(key: ObjectKey, signal: AbortSignal, fields: object = {}): CallOptions {
  return { request: { plugin: key, ...fields }, subject: key, signal };
}

class Calls {
  readonly #client: Client;
  readonly #service: ServiceDefinition;
  readonly #deadlineMs: number;
  readonly #logger: Logger;

  constructor({ socketPath, protoDir, deadlineMs, logger }: PluginManagerClientOptions) {
    this.#deadlineMs = deadlineMs ?? DEADLINE_MS;
    this.#logger = logger;
    this.#service = loadPluginManagerDefinition(protoDir);
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc.enable_http_proxy": 0,
    });
  }

  async unary<Response>(method: string, options: CallOptions): Promise<Response> {
    const { request, subject, signal, deadlineMs = this.#deadlineMs } = options;
    const call = `${method} ${subject}`.trim();
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    if (signal.aborted) throw givenUp(call, signal);
    const deadline = systemClock.nowMs() + deadlineMs;
    return new Promise<Response>((resolve, reject) => {
      const onAbort = (): void => running.cancel();
      const running = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error, response) => {
          signal.removeEventListener("abort", onAbort);
          if (error === null) return resolve(response as Response);
          this.#logger.debug({ call, problem: error.details }, "a gateway call failed");
          if (signal.aborted) reject(givenUp(call, signal));
          else reject(fromServiceError(error, call));
        },
      );
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  async watch(
    handlers: { onState(state: PluginState): void; onSynced(): void },
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return;
    const { path, requestSerialize, responseDeserialize } = this.#method("Watch");
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => WatchEventMessage,
      {},
    );
    const onAbort = (): void => stream.cancel();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await consume(stream, handlers);
    } catch (thrown) {
      if (!signal.aborted) throw toPortunixError(thrown);
    } finally {
      signal.removeEventListener("abort", onAbort);
      stream.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }

  #method(name: string): MethodDefinition<unknown, unknown> {
    const method = this.#service[name];
    if (method !== undefined) return method;
    throw new PortunixError("Internal", `PluginManager has no method ${name}`);
  }
}

async function consume(
  stream: ClientReadableStream<WatchEventMessage>,
  handlers: { onState(state: PluginState): void; onSynced(): void },
): Promise<void> {
  for await (const event of stream) {
    const { state } = event as WatchEventMessage;
    if (state === null) handlers.onSynced();
    else handlers.onState(fromStateMessage(state));
  }
}

function toPortunixError(thrown: unknown): PortunixError {
  return isServiceError(thrown) ? fromServiceError(thrown, "Watch") : PortunixError.from(thrown);
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return (
    thrown instanceof Error &&
    "code" in thrown &&
    typeof thrown.code === "number" &&
    thrown.code in status
  );
}

function givenUp(call: string, signal: AbortSignal): PortunixError {
  return new PortunixError("PluginUnavailable", `${call}: given up by the caller`, {
    cause: signal.reason,
  });
}
