import type { ApiContext } from "./api-context.ts";
import type { ContinueToken } from "./continue-token.ts";
import { decodeToken } from "./continue-token.ts";
import { countOf, isTrue, resourceVersionOf, unsupportedValue } from "./query.ts";
import { badRequest, StatusError } from "./status-error.ts";

/** What a list's query asks for, checked by Kubernetes' rules. */
export interface ListOptions {
  /** 0: all at once. */
  readonly limit: number;
  readonly token: ContinueToken | undefined;
  /** The state that must be shown exactly; undefined: the newest. */
  readonly exactly: string | undefined;
}

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list */
export function listOptionsOf(query: URLSearchParams, context: ApiContext): ListOptions {
  const limit = countOf(query, "limit") ?? 0;
  const resourceVersion = resourceVersionOf(query, context);
  const match = matchOf(query);
  const text = query.get("continue") ?? "";
  if (text === "" && match !== "" && resourceVersion === "")
    throw forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (match === "Exact" && resourceVersion === "0")
    throw forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  if (text === "")
    return { limit, token: undefined, exactly: match === "Exact" ? resourceVersion : undefined };
  if (match !== "") throw forbidden("resourceVersionMatch is forbidden when continue is provided");
  if (resourceVersion !== "" && resourceVersion !== "0")
    throw badRequest("specifying resource version is not allowed when using continue");
  const token = decodeToken(text);
  return { limit, token, exactly: token.resourceVersion };
}

/** Throws Invalid where a watch's query goes against the rules of streaming lists. */
export function checkWatchOptions(query: URLSearchParams): void {
  const match = matchOf(query);
  const sendsInitial = query.has("sendInitialEvents");
  if (!sendsInitial && match !== "")
    throw forbidden(
      "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
    );
  if (sendsInitial && match !== "NotOlderThan")
    throw forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (isTrue(query, "sendInitialEvents") && !isTrue(query, "allowWatchBookmarks"))
    throw new StatusError(
      422,
      "Invalid",
      `${SUBJECT} sendInitialEvents: Forbidden: sendInitialEvents requires allowWatchBookmarks`,
    );
}

const MATCHES = ["Exact", "NotOlderThan"];
const SUBJECT = 'ListOptions.meta.k8s.io "" is invalid:';

function matchOf(query: URLSearchParams): string {
  const match = query.get("resourceVersionMatch") ?? "";
  if (match !== "" && !MATCHES.includes(match))
    throw unsupportedValue("resourceVersionMatch", match, MATCHES);
  return match;
}

function forbidden(what: string): StatusError {
  return new StatusError(422, "Invalid", `${SUBJECT} resourceVersionMatch: Forbidden: ${what}`);
}
