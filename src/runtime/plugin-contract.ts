import { join } from "node:path";
import {
  fromJSON,
  loadSync,
  type MethodDefinition,
  type PackageDefinition,
} from "@grpc/proto-loader";

type Method = MethodDefinition<object, object>;

/** The methods that the runtime calls, with the schema of each: one is never decoded as another. */
export interface PluginContract {
  readonly getInfo: Method;
  readonly healthCheck: Method;
  readonly shutdown: Method;
  /** grpc.health.v1, for plugins that serve only that. */
  readonly standardHealthCheck: Method;
}

/** @param protoDir - The directory that holds `portunix/plugin/plugin.proto`. */
export function loadPluginContract(protoDir: string): PluginContract {
  const options = { keepCase: false, enums: String, longs: Number, defaults: true } as const;
  const plugin = loadSync(join(protoDir, "portunix/plugin/plugin.proto"), options);
  return {
    getInfo: method(plugin, "portunix.plugin.PluginService", "GetInfo"),
    healthCheck: method(plugin, "portunix.plugin.PluginService", "HealthCheck"),
    shutdown: method(plugin, "portunix.plugin.PluginService", "Shutdown"),
    standardHealthCheck: method(
      fromJSON(STANDARD_HEALTH as Parameters<typeof fromJSON>[0], options),
      "grpc.health.v1.Health",
      "Check",
    ),
  };
}

function method(definition: PackageDefinition, service: string, name: string): Method {
  const methods = definition[service];
  const found = methods === undefined || "format" in methods ? undefined : methods[name];
  if (found === undefined) throw new RangeError(`the protos lack ${service}/${name}`);
  return found;
}

/** @see https://github.com/grpc/grpc/blob/master/src/proto/grpc/health/v1/health.proto */
const STANDARD_HEALTH = {
  nested: {
    grpc: {
      nested: {
        health: {
          nested: {
            v1: {
              nested: {
                HealthCheckRequest: { fields: { service: { type: "string", id: 1 } } },
                HealthCheckResponse: {
                  fields: { status: { type: "ServingStatus", id: 1 } },
                  nested: {
                    ServingStatus: {
                      values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
                    },
                  },
                },
                Health: {
                  methods: {
                    Check: {
                      requestType: "HealthCheckRequest",
                      responseType: "HealthCheckResponse",
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};
