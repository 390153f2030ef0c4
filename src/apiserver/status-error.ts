import type { ResourceDefinition } from "../api/resource-definition.ts";
import { qualifiedName } from "../api/resource-definition.ts";
import type { ErrorCause, ErrorCode } from "../base/errors.ts";
import { ERROR_CODES, PortunixError } from "../base/errors.ts";

/** What a failed request was about, for the `details` of its Status. */
export interface Subject {
  readonly definition: ResourceDefinition;
  readonly name: string | undefined;
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface KubernetesStatus {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly ErrorCause[];
  readonly retryAfterSeconds?: number;
}

/** A failure for which Kubernetes has a status code and a reason, and the errors table has no row. */
export class StatusError extends PortunixError {
  readonly httpStatus: number;
  readonly reason: string;
  /** For a failure that no {@link Subject} is known of. */
  readonly details: StatusDetails | undefined;

  constructor(httpStatus: number, reason: string, message: string, details?: StatusDetails) {
    super("BadRequest", message);
    this.httpStatus = httpStatus;
    this.reason = reason;
    this.details = details;
  }
}

/** The Status that a client is sent for `thrown`. Of what is not ours only the fact is told. */
export function toStatus(thrown: unknown, subject?: Subject): KubernetesStatus {
  if (!(thrown instanceof PortunixError) || thrown.code === "Internal") return internalStatus();
  const reason = thrown instanceof StatusError ? thrown.reason : REASONS[thrown.code];
  const details = detailsOf(thrown, reason, subject);
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: messageOf(thrown, reason, subject),
    reason,
    ...(details === undefined ? {} : { details }),
    code: thrown instanceof StatusError ? thrown.httpStatus : ERROR_CODES[thrown.code].httpStatus,
  };
}

/** The same failure, told of `subject`: for requests whose body names what they are about, not their path. */
export function failureOf(thrown: unknown, subject: Subject): unknown {
  if (!(thrown instanceof PortunixError) || thrown instanceof StatusError) return thrown;
  if (REASONS[thrown.code] !== "Invalid") return thrown;
  const { code, reason = "", message = "", details } = toStatus(thrown, subject);
  return new StatusError(code, reason, message, details);
}

export function successStatus(details: StatusDetails): KubernetesStatus {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details, code: 200 };
}

export function notFound({ definition, name }: Subject): PortunixError {
  return new PortunixError("NotFound", `${qualifiedName(definition)} "${name ?? ""}" not found`);
}

/** For a path that leads nowhere. */
export function noSuchPath(): PortunixError {
  return new PortunixError("NotFound", "the server could not find the requested resource");
}

export function methodNotAllowed(): PortunixError {
  return new PortunixError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  );
}

export function badRequest(message: string): PortunixError {
  return new PortunixError("BadRequest", message);
}

/** Kubernetes' StatusReason of each code; where it has none, the code itself. */
const REASONS: Readonly<Record<ErrorCode, string>> = {
  ManifestInvalid: "Invalid",
  BadRequest: "BadRequest",
  PackageInvalid: "Invalid",
  PackageNotFound: "NotFound",
  VersionMismatch: "Invalid",
  ConfigInvalid: "Invalid",
  PermissionDenied: "Forbidden",
  NotFound: "NotFound",
  AlreadyExists: "AlreadyExists",
  Conflict: "Conflict",
  Expired: "Expired",
  MethodNotAllowed: "MethodNotAllowed",
  UnsupportedMediaType: "UnsupportedMediaType",
  RequestTooLarge: "RequestEntityTooLarge",
  LaunchFailed: "LaunchFailed",
  InstanceBusy: "Conflict",
  PluginUnavailable: "ServiceUnavailable",
  StorageFull: "StorageFull",
  StorageFailed: "StorageFailed",
  DaemonRunning: "Conflict",
  DaemonUnreachable: "ServiceUnavailable",
  Internal: "InternalError",
};

function internalStatus(): KubernetesStatus {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "Internal error occurred: see the daemon's log for the cause",
    reason: "InternalError",
    code: 500,
  };
}

/** As kubectl users know it: `Plugin.portunix.ai "x" is invalid: spec.a: ...` */
function messageOf(error: PortunixError, reason: string, subject: Subject | undefined): string {
  if (reason !== "Invalid" || subject === undefined || error instanceof StatusError)
    return error.message;
  if (error.message.includes(" is invalid: ")) return error.message;
  const { kind, group } = subject.definition;
  const faults = error.causes.map(({ field, message }) =>
    field === "" ? message : `${field}: ${message}`,
  );
  const what = faults.length > 1 ? `[${faults.join(", ")}]` : (faults[0] ?? error.message);
  const prefix = group === "" ? kind : `${kind}.${group}`;
  return `${prefix} "${subject.name ?? ""}" is invalid: ${what}`;
}

function detailsOf(
  error: PortunixError,
  reason: string,
  subject: Subject | undefined,
): StatusDetails | undefined {
  if (error instanceof StatusError && error.details !== undefined) return error.details;
  const causes = error.causes.length === 0 ? {} : { causes: error.causes };
  if (subject === undefined) return error.causes.length === 0 ? undefined : causes;
  // kubectl prints causes instead of the message as soon as it has details of an Invalid.
  if (reason === "Invalid" && error.causes.length === 0) return undefined;
  const { definition, name } = subject;
  return {
    ...(name === undefined ? {} : { name }),
    ...(definition.group === "" ? {} : { group: definition.group }),
    kind: reason === "Invalid" ? definition.kind : definition.plural,
    ...causes,
  };
}
