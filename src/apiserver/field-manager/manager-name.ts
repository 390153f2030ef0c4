import type { IncomingMessage } from "node:http";
import { PortunixError } from "../../base/errors.ts";

/** Kubernetes' limit. */
const MANAGER_MAX_LENGTH = 128;

/** What a writer is called that neither names itself nor sends a User-Agent. */
const NAMELESS = "unknown";

/**
 * Under which name a request's fields are held: the query's `fieldManager`, else what stands before
 * the slash in User-Agent. Throws ManifestInvalid on a name that Kubernetes would not take.
 */
export function managerOf(
  query: URLSearchParams,
  { headers }: Pick<IncomingMessage, "headers">,
): string {
  const given = query.get("fieldManager") ?? "";
  if (given !== "") return checkManager(given);
  const [product = ""] = (headers["user-agent"] ?? "").split("/");
  const printable = product.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, "");
  return printable.slice(0, MANAGER_MAX_LENGTH) || NAMELESS;
}

/** The name under which a request applies; it must give one. */
export function applierOf(query: URLSearchParams): string {
  const given = query.get("fieldManager") ?? "";
  if (given === "")
    throw invalidOption("fieldManager", "Required", "Required value: is required for apply patch");
  return checkManager(given);
}

/** Whether an apply may take what others hold. */
export function isForced(query: URLSearchParams): boolean {
  return /^(1|t|true)$/i.test(query.get("force") ?? "");
}

/** Throws ManifestInvalid when a patch that is no apply asks for `force`. */
export function refuseForce(query: URLSearchParams): void {
  if ((query.get("force") ?? "") !== "")
    throw invalidOption(
      "force",
      "Forbidden",
      "Forbidden: may not be specified for non-apply patch",
    );
}

function checkManager(manager: string): string {
  if (manager.length > MANAGER_MAX_LENGTH)
    throw invalidOption(
      "fieldManager",
      "TooLong",
      `Too long: may not be more than ${MANAGER_MAX_LENGTH} bytes`,
    );
  if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(manager))
    throw invalidOption(
      "fieldManager",
      "Invalid",
      `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`,
    );
  return manager;
}

function invalidOption(field: string, reason: string, message: string): PortunixError {
  const text = `PatchOptions.meta.k8s.io "" is invalid: ${field}: ${message}`;
  return new PortunixError("ManifestInvalid", text, {
    causes: [{ field, reason: `FieldValue${reason}`, message }],
  });
}
