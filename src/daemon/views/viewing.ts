import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { Connector, ObjectStore } from "../../apiserver/ports.ts";
import type { Measurement } from "../../apiserver/view-ports.ts";
import { ViewedStore } from "../../apiserver/viewed-store.ts";
import type { Clock } from "../../base/clock.ts";
import type { Instance } from "../../runtime/instance.ts";
import { createMeasurements } from "./measurements.ts";
import { nodeFacts } from "./node-facts.ts";
import { createPodLog } from "./pod-log.ts";
import { createViews } from "./create-views.ts";

export interface ViewingOptions {
  readonly store: ObjectStore;
  readonly instances: () => readonly Instance[];
  readonly logDir: string;
  /** Of this program. */
  readonly version: string;
  readonly clock: Clock;
}

/** All that the API server needs to serve Pods, Deployments and measurements over Plugins. */
export interface Viewing {
  /** The store, with the views in it. */
  readonly store: ObjectStore;
  readonly connectors: readonly Connector[];
  readonly measurements: readonly Measurement[];
  /** Of the views and the measurements. */
  readonly definitions: readonly ResourceDefinition[];
}

export function createViewing(options: ViewingOptions): Viewing {
  const { instances, clock } = options;
  const views = createViews(nodeFacts(options.version));
  const store = new ViewedStore(options.store, views, clock);
  const measurements = createMeasurements({ store, instances, clock });
  return {
    store,
    connectors: [createPodLog(options)],
    measurements,
    definitions: [...views, ...measurements].map(({ definition }) => definition),
  };
}
