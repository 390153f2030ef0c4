import { join } from "node:path";
import { type GrpcObject, loadPackageDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { PortunixError } from "../base/errors.ts";

/** Largest message either side takes. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Trailing metadata that carries the code of a PortunixError. */
export const ERROR_CODE_METADATA = "portunix-error-code";

const PROTO_FILE = join("portunix", "gateway", "v1", "plugin_manager.proto");
const SERVICE_PATH = ["portunix", "gateway", "v1", "PluginManager"] as const;

/**
 * The service `portunix.gateway.v1.PluginManager`.
 *
 * @param protoDir - The proto/ directory of the package.
 */
export function loadPluginManagerDefinition(protoDir: string): ServiceDefinition {
  const definition = loadSync(join(protoDir, PROTO_FILE), {
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
  });
  let found: GrpcObject[string] | undefined = loadPackageDefinition(definition);
  for (const step of SERVICE_PATH) {
    found = found !== undefined && step in found ? (found as GrpcObject)[step] : undefined;
  }
  if (typeof found === "function" && "service" in found) {
    return found.service;
  }
  throw new PortunixError("Internal", `${join(protoDir, PROTO_FILE)}: no service PluginManager`);
}
