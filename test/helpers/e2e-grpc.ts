import { join } from "node:path";
import {
  credentials,
  loadPackageDefinition,
  type ClientReadableStream,
  type GrpcObject,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { onTestFinished } from "vitest";
import { REPOSITORY } from "./e2e-home.ts";

export interface GrpcClient {
  /** One unary call, waited for. */
  call<T>(method: string, request?: object): Promise<T>;
  stream<T>(method: string, request?: object): ClientReadableStream<T>;
}

/** A plain client of a service of ours, by its .proto file; closed when the test ends. */
export function grpcClient(protoFile: string, service: string, address: string): GrpcClient {
  const options = { enums: String, longs: Number, defaults: true };
  const definition = loadSync(join(REPOSITORY, "proto", protoFile), options);
  let found: unknown = loadPackageDefinition(definition);
  for (const step of service.split(".")) found = (found as GrpcObject)[step];
  const constructor = found as ServiceClientConstructor;
  const client = new constructor(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return {
    call: <T>(method: string, request: object = {}) =>
      new Promise<T>((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = methodOf(constructor, method);
        const deadline = Date.now() + 10_000;
        client.makeUnaryRequest<object, T>(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          { deadline },
          (error, response) => (error === null ? resolve(response as T) : reject(error)),
        );
      }),
    stream: <T>(method: string, request: object = {}) => {
      const { path, requestSerialize, responseDeserialize } = methodOf(constructor, method);
      return client.makeServerStreamRequest<object, T>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
      );
    },
  };
}

function methodOf({ service }: ServiceClientConstructor, name: string) {
  const method = service[name];
  if (method === undefined) throw new Error(`no method ${name}`);
  return method;
}

/** Whether the plugin at that address answers a health check with SERVING. */
export async function isServing(address: string): Promise<boolean> {
  const client = pluginClient(address);
  const { status } = await client.call<{ status: string }>("HealthCheck");
  return status === "SERVING";
}

export function pluginClient(address: string): GrpcClient {
  return grpcClient("portunix/plugin/plugin.proto", "portunix.plugin.PluginService", address);
}

export function toolsClient(address: string): GrpcClient {
  return grpcClient("portunix/plugin/plugin.proto", "portunix.plugin.MCPService", address);
}

export function gatewayClient(socketPath: string): GrpcClient {
  const proto = "portunix/gateway/v1/plugin_manager.proto";
  return grpcClient(proto, "portunix.gateway.v1.PluginManager", `unix:${socketPath}`);
}
