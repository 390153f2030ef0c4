import type { IncomingMessage, ServerResponse } from "node:http";
import type { ResourceDefinition } from "../api/resource-definition.ts";

/** A request for a kind that is served here, its path taken apart and checked. */
export interface ResourceRequest {
  readonly definition: ResourceDefinition;
  /** Empty for a kind without namespaces; undefined for all namespaces of a kind that has them. */
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A {@link ResourceRequest} for one object. */
export interface ObjectRequest extends ResourceRequest {
  readonly namespace: string;
  readonly name: string;
  /** Empty for the object itself; `status`, or a connector's. */
  readonly subresource: string;
}

/** A {@link ResourceRequest} for a collection that objects can be created in. */
export interface NamespaceRequest extends ResourceRequest {
  readonly namespace: string;
}
