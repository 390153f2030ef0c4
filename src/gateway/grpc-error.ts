import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ERROR_CODES, isErrorCode, PortunixError } from "../base/errors.ts";
import { ERROR_CODE_METADATA } from "./plugin-manager-definition.ts";

/** Trailers have to fit into one block of headers, and grow threefold in percent encoding. */
const MAX_DETAILS_CHARACTERS = 4000;

/** How a failure goes over the wire: the code's gRPC status, and the code itself in the trailers. */
export function toServiceError(
  thrown: unknown,
): Pick<ServiceError, "code" | "details" | "metadata" | "name" | "message"> {
  const { code, message } = PortunixError.from(thrown);
  const metadata = new Metadata();
  metadata.set(ERROR_CODE_METADATA, code);
  const details = message.slice(0, MAX_DETAILS_CHARACTERS);
  return { name: code, message: details, details, code: ERROR_CODES[code].grpcStatus, metadata };
}

/** @param call - What failed and on what, such as `Install default/monitor`. */
export function fromServiceError(error: ServiceError, call: string): PortunixError {
  const [code] = error.metadata?.get(ERROR_CODE_METADATA) ?? [];
  if (typeof code === "string" && isErrorCode(code)) {
    return new PortunixError(code, error.details, { cause: error });
  }
  if (error.code === status.DEADLINE_EXCEEDED) {
    return unavailable(`${call}: the gateway did not answer in time; it is asked again`, error);
  }
  if (error.code === status.UNAVAILABLE || error.code === status.CANCELLED) {
    return unavailable(`${call}: the gateway cannot be reached (${error.details})`, error);
  }
  if (error.code === status.RESOURCE_EXHAUSTED) {
    return new PortunixError("RequestTooLarge", `${call}: ${error.details}`, { cause: error });
  }
  return new PortunixError("Internal", `${call}: ${error.details}`, { cause: error });
}

function unavailable(message: string, cause: unknown): PortunixError {
  return new PortunixError("PluginUnavailable", message, { cause });
}
