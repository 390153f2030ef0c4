import type { ResourceDefinition } from "../api/resource-definition.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { ListCache } from "./list-cache.ts";
import type { ObjectJson } from "./object-json.ts";
import type { Connector, DaemonInfo, ObjectStore } from "./ports.ts";
import type { WatchEncoder } from "./watch-encoder.ts";

/** What the API server is made of; the daemon gives it. */
export interface ApiServerOptions {
  readonly store: ObjectStore;
  readonly definitions: readonly ResourceDefinition[];
  readonly connectors: readonly Connector[];
  readonly info: () => DaemonInfo;
  /** More for `GET /portunix/v1/status`; must be JSON. */
  readonly status?: () => unknown;
  /** What every client should know now; sent with each answer as a `Warning` header. */
  readonly warnings?: () => readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What every handler may use. */
export interface ApiContext extends ApiServerOptions {
  readonly objectJson: ObjectJson;
  readonly listCache: ListCache;
  readonly watchEncoder: WatchEncoder;
  /** How to end each answer that is still streaming; called when the server closes. */
  readonly openStreams: Set<() => void>;
}
