import { readFileSync } from "node:fs";
import { Server, ServerCredentials, loadPackageDefinition, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, ServiceClientConstructor } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import pluginProto from "../../proto/portunix/plugin/plugin.proto";

/** What a command of a plugin gives back; a thrown error becomes the failure's text. */
export type Command = (args: readonly string[]) => string | Promise<string>;

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly schema: object;
  readonly call: (args: Record<string, unknown>) => string | Promise<string>;
}

export interface PluginOptions {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly capabilities?: readonly string[];
  readonly commands?: Readonly<Record<string, Command>>;
  readonly tools?: readonly Tool[];
  /** Asked at every probe; left out: always serving. */
  readonly isHealthy?: () => boolean;
  /** Ends the plugin's own work; the server is closed by then. */
  readonly onShutdown?: () => void | Promise<void>;
}

type Call = ServerUnaryCall<Record<string, unknown>, object>;

/**
 * Serves the contract `portunix.plugin` where the host asks for it (PORTUNIX_PLUGIN_ADDRESS:
 * `unix:/path` or `host:port`), until SIGTERM, SIGINT or the Shutdown call.
 */
export async function servePlugin(options: PluginOptions): Promise<void> {
  const address = process.env["PORTUNIX_PLUGIN_ADDRESS"];
  if (address === undefined) {
    throw new Error("PORTUNIX_PLUGIN_ADDRESS is not set: start this plugin through portunix");
  }
  const server = new Server();
  const services = loadServices();
  server.addService(
    services.plugin,
    pluginHandlers(options, () => void stop()),
  );
  if (options.tools !== undefined) server.addService(services.mcp, toolHandlers(options.tools));
  await bind(server, address);
  log("info", "serving", { address });

  let isStopping = false;
  async function stop(): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    log("info", "stopping");
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await options.onShutdown?.();
    process.exit(0);
  }
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
}

/** The plugin's configuration, as the host checked and completed it. */
export function readConfig(): unknown {
  const file = process.env["PORTUNIX_CONFIG_FILE"];
  return file === undefined ? {} : JSON.parse(readFileSync(file, "utf8"));
}

/** One structured line on standard output, which the host keeps as the plugin's log. */
export function log(
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields: object = {},
): void {
  const line = { time: new Date().toISOString(), level, message, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function loadServices() {
  const root = protobuf.parse(pluginProto, { keepCase: true }).root;
  const definition = fromJSON(root.toJSON(), { keepCase: true, enums: String, defaults: true });
  const services = loadPackageDefinition(definition)["portunix"] as unknown as {
    readonly plugin: Record<"PluginService" | "MCPService", ServiceClientConstructor>;
  };
  return {
    plugin: services.plugin.PluginService.service,
    mcp: services.plugin.MCPService.service,
  };
}

function pluginHandlers(options: PluginOptions, stop: () => void) {
  const { name, version, description, capabilities = [] } = options;
  return {
    GetInfo: unary(() => ({ info: { name, version, description, capabilities } })),
    HealthCheck: unary(() => ({
      status: (options.isHealthy?.() ?? true) ? "SERVING" : "NOT_SERVING",
    })),
    Shutdown: unary(() => {
      setImmediate(stop);
      return { status: "SUCCESS" };
    }),
    Execute: unary(async ({ command, args }) => {
      const run = options.commands?.[String(command)];
      if (run === undefined) {
        const known = Object.keys(options.commands ?? {}).join(", ");
        return {
          status: "ERROR",
          error_message: `no command "${String(command)}"; there are: ${known}`,
        };
      }
      try {
        return { status: "SUCCESS", result: await run(args as string[]) };
      } catch (thrown) {
        return { status: "ERROR", error_message: messageOf(thrown) };
      }
    }),
  };
}

function toolHandlers(tools: readonly Tool[]) {
  const find = (name: unknown) => tools.find((tool) => tool.name === name);
  return {
    ListTools: unary(() => ({
      tools: tools.map(({ name, description, schema }) => ({
        name,
        description,
        schema: JSON.stringify(schema),
      })),
    })),
    GetToolSchema: unary(({ tool_name }) => ({
      schema: JSON.stringify(find(tool_name)?.schema ?? {}),
    })),
    CallTool: unary(async ({ tool_name, arguments: text }) => {
      const tool = find(tool_name);
      if (tool === undefined)
        return { status: "NOT_FOUND", error_message: `no tool "${String(tool_name)}"` };
      try {
        const args = JSON.parse(String(text) || "{}") as Record<string, unknown>;
        return { status: "SUCCESS", result: await tool.call(args) };
      } catch (thrown) {
        return { status: "ERROR", error_message: messageOf(thrown) };
      }
    }),
  };
}

function unary(answer: (request: Record<string, unknown>) => object | Promise<object>) {
  return (call: Call, reply: sendUnaryData<object>): void => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => reply(null, response),
        (thrown: unknown) => reply({ code: status.INTERNAL, details: messageOf(thrown) }),
      );
  };
}

function bind(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
