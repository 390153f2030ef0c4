import type { ResourceDefinition } from "../api/resource-definition.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Access, Authorizer } from "./access/ports.ts";
import type { ListCache } from "./list-cache.ts";
import type { ObjectJson } from "./object-json.ts";
import type { OpenApi } from "./openapi/open-api.ts";
import type { Connector, DaemonInfo, ObjectStore } from "./ports.ts";
import type { Measurement } from "./view-ports.ts";
import type { WatchEncoder } from "./watch-encoder.ts";

/** What the API server is made of; the daemon gives it. */
export interface ApiServerOptions {
  readonly store: ObjectStore;
  /** The kinds that are served now; asked again for each request. */
  readonly definitions: () => readonly ResourceDefinition[];
  readonly connectors: readonly Connector[];
  /** Kinds that are measured when they are asked for; their definitions are among `definitions` too. */
  readonly measurements?: readonly Measurement[];
  readonly info: () => DaemonInfo;
  /** More for `GET /portunix/v1/status`; must be JSON. */
  readonly status?: () => unknown;
  /** Who may do what; by the roles of policy/ when left out. */
  readonly authorizer?: Authorizer;
  /** Tokens and how to reach the API with them; left out: there are none. */
  readonly access?: Access;
  /** What every client should know now; sent with each answer as a `Warning` header. */
  readonly warnings?: () => readonly string[];
  /** Reads what plugins are made of anew; behind `POST /portunix/v1/refresh`. */
  readonly refresh?: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What every handler may use. */
export interface ApiContext extends Omit<ApiServerOptions, "definitions"> {
  readonly authorizer: Authorizer;
  /** The kinds that are served now. */
  readonly definitions: readonly ResourceDefinition[];
  readonly objectJson: ObjectJson;
  readonly listCache: ListCache;
  readonly watchEncoder: WatchEncoder;
  readonly openApi: OpenApi;
  /** How to end each answer that is still streaming; called when the server closes. */
  readonly openStreams: Set<() => void>;
}
