/** How the reconciler treats a failure with this code. */
export type Retry =
  /** Not before the object, its package or its configuration changes. */
  | { readonly kind: "never" }
  /** With exponential backoff. */
  | { readonly kind: "backoff" };

interface ErrorSpec {
  /** Exit status of the CLI, after sysexits.h where one fits. */
  readonly exitCode: number;
  readonly httpStatus: number;
  /** A canonical gRPC status code, https://grpc.io/docs/guides/status-codes/ */
  readonly grpcStatus: number;
  readonly retry: Retry;
}

const never: Retry = { kind: "never" };
const backoff: Retry = { kind: "backoff" };

/** One row an error: its code is also the condition's `reason`, so none is ever renamed. */
export const ERROR_CODES = {
  ManifestInvalid: { exitCode: 65, httpStatus: 422, grpcStatus: 3, retry: never },
  BadRequest: { exitCode: 2, httpStatus: 400, grpcStatus: 3, retry: never },
  PackageInvalid: { exitCode: 65, httpStatus: 422, grpcStatus: 3, retry: never },
  PackageNotFound: { exitCode: 66, httpStatus: 404, grpcStatus: 5, retry: backoff },
  VersionMismatch: { exitCode: 65, httpStatus: 422, grpcStatus: 9, retry: never },
  ConfigInvalid: { exitCode: 65, httpStatus: 422, grpcStatus: 3, retry: never },
  PermissionDenied: { exitCode: 77, httpStatus: 403, grpcStatus: 7, retry: never },
  NotFound: { exitCode: 66, httpStatus: 404, grpcStatus: 5, retry: never },
  AlreadyExists: { exitCode: 73, httpStatus: 409, grpcStatus: 6, retry: never },
  Conflict: { exitCode: 75, httpStatus: 409, grpcStatus: 10, retry: backoff },
  Expired: { exitCode: 75, httpStatus: 410, grpcStatus: 11, retry: backoff },
  MethodNotAllowed: { exitCode: 2, httpStatus: 405, grpcStatus: 12, retry: never },
  UnsupportedMediaType: { exitCode: 2, httpStatus: 415, grpcStatus: 3, retry: never },
  RequestTooLarge: { exitCode: 65, httpStatus: 413, grpcStatus: 3, retry: never },
  LaunchFailed: { exitCode: 69, httpStatus: 502, grpcStatus: 9, retry: never },
  InstanceBusy: { exitCode: 75, httpStatus: 409, grpcStatus: 9, retry: backoff },
  PluginUnavailable: { exitCode: 69, httpStatus: 503, grpcStatus: 14, retry: backoff },
  StorageFull: { exitCode: 74, httpStatus: 507, grpcStatus: 8, retry: backoff },
  StorageFailed: { exitCode: 74, httpStatus: 500, grpcStatus: 13, retry: backoff },
  DaemonRunning: { exitCode: 75, httpStatus: 409, grpcStatus: 9, retry: never },
  DaemonUnreachable: { exitCode: 69, httpStatus: 503, grpcStatus: 14, retry: backoff },
  Internal: { exitCode: 70, httpStatus: 500, grpcStatus: 13, retry: backoff },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One fault inside a document, such as a field of a manifest. */
export interface ErrorCause {
  /** Where: a field path such as `spec.replicas`; empty for the whole document. */
  readonly field: string;
  /** Kubernetes' cause type, such as `FieldValueInvalid`. */
  readonly reason: string;
  readonly message: string;
}

export interface PortunixErrorOptions extends ErrorOptions {
  readonly causes?: readonly ErrorCause[];
}

/** The only error that crosses the boundary of a room. Its text says what failed, on what, and what to do. */
export class PortunixError extends Error {
  override readonly name = "PortunixError";
  readonly code: ErrorCode;
  readonly causes: readonly ErrorCause[];

  constructor(code: ErrorCode, message: string, options: PortunixErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.causes = options.causes ?? [];
  }

  /** Wraps anything thrown: ours passes through, a full disk is named, the rest becomes `Internal`. */
  static from(thrown: unknown): PortunixError {
    if (thrown instanceof PortunixError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new PortunixError(isDiskFull(thrown) ? "StorageFull" : "Internal", message, {
      cause: thrown,
    });
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** The errno name of a Node system error, such as `ENOENT`; undefined for anything else. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

function isDiskFull(thrown: unknown): boolean {
  const code = errnoOf(thrown);
  return code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL";
}
