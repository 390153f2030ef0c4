import { isTrue } from "../query.ts";
import type { RequestPath } from "../request-path.ts";

/** A request as the authorizer sees it: of a resource, or of any other path. */
export type RequestAttributes = ResourceRequestAttributes | PathRequestAttributes;

export interface ResourceRequestAttributes {
  readonly type: "resource";
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for a kind without namespaces, and for all namespaces. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
}

export interface PathRequestAttributes {
  readonly type: "path";
  readonly verb: string;
  readonly path: string;
}

/**
 * What a request asks for, by its path and method alone, whatever is served there: so that nothing
 * can be routed past the authorizer.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export function requestAttributes(
  method: string | undefined,
  { segments, query }: RequestPath,
): RequestAttributes {
  const verb = (method ?? "GET").toLowerCase();
  const [root, ...rest] = segments;
  const [group, version, ...path] = root === "api" ? ["", ...rest] : rest;
  const isResource = (root === "api" || root === "apis") && path.length > 0;
  if (!isResource || group === undefined || version === undefined)
    return { type: "path", verb: verb === "head" ? "get" : verb, path: `/${segments.join("/")}` };
  const place = placeOf(path);
  return { type: "resource", verb: verbOf(verb, place.name, query), group, version, ...place };
}

type Place = Pick<ResourceRequestAttributes, "namespace" | "resource" | "name" | "subresource">;

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);

/** A namespace itself is a resource in that namespace. */
function placeOf(path: readonly string[]): Place {
  const [first = "", namespace, third] = path;
  const isInNamespace =
    first === "namespaces" && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third);
  const [resource = "", name = "", ...subresource] = isInNamespace ? path.slice(2) : path;
  return {
    namespace: first === "namespaces" ? (namespace ?? "") : "",
    resource,
    name,
    subresource: subresource.join("/"),
  };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case "get":
    case "head":
      if (name !== "") return "get";
      return isTrue(query, "watch") ? "watch" : "list";
    case "post":
      return "create";
    case "put":
      return "update";
    case "delete":
      return name === "" ? "deletecollection" : "delete";
    default:
      return method;
  }
}
