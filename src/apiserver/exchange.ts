import type { IncomingMessage, ServerResponse } from "node:http";
import type { User } from "./access/ports.ts";
import type { RequestPath } from "./request-path.ts";

/** A request, and where its answer goes. */
export interface Exchange {
  readonly path: RequestPath;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: User;
}
