import { type ErrorCause, type ErrorCode, isErrorCode, PortunixError } from "../base/errors.ts";

/** Kubernetes' reasons that are not names of ours. */
const CODE_BY_REASON: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["Invalid", "ManifestInvalid"],
  ["Gone", "Expired"],
  ["Forbidden", "PermissionDenied"],
  ["Unauthorized", "PermissionDenied"],
  ["RequestEntityTooLarge", "RequestTooLarge"],
  ["ServiceUnavailable", "DaemonUnreachable"],
  ["InternalError", "Internal"],
]);

const CODE_BY_HTTP_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "BadRequest",
  401: "PermissionDenied",
  403: "PermissionDenied",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  413: "RequestTooLarge",
  415: "UnsupportedMediaType",
  422: "ManifestInvalid",
  503: "DaemonUnreachable",
  507: "StorageFull",
};

/** The error that an answer other than 2xx stands for. @param body - A `Status`, or anything. */
export function errorFromStatus(httpStatus: number, body: string): PortunixError {
  const status = parseStatus(body);
  const reason = textOf(status["reason"]);
  const message = textOf(status["message"]) || firstLine(body) || `HTTP status ${httpStatus}`;
  return new PortunixError(codeOf(reason, httpStatus), message, {
    causes: causesOf(status["details"]),
  });
}

function codeOf(reason: string, httpStatus: number): ErrorCode {
  const known = CODE_BY_REASON.get(reason);
  if (known !== undefined) return known;
  if (isErrorCode(reason)) return reason;
  return CODE_BY_HTTP_STATUS[httpStatus] ?? "Internal";
}

function causesOf(details: unknown): ErrorCause[] {
  const causes = isRecord(details) ? details["causes"] : undefined;
  if (!Array.isArray(causes)) return [];
  return causes.filter(isRecord).map((cause) => ({
    field: textOf(cause["field"]),
    reason: textOf(cause["reason"]),
    message: textOf(cause["message"]),
  }));
}

function parseStatus(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function firstLine(text: string): string {
  return text.slice(0, 500).split("\n")[0] ?? "";
}
