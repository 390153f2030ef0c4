import type { StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import { apiVersionOf } from "../api/resource-definition.ts";
import type { Clock } from "../base/clock.ts";
import type { Format } from "./accept.ts";
import type { ObjectJson } from "./object-json.ts";
import type { TableOptions } from "./table.ts";
import { toPartialObject, toTable } from "./table.ts";

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED";

/** How one watcher wants its events. */
export interface WatchFormat {
  readonly definition: ResourceDefinition;
  readonly format: Format;
  readonly includeObject: TableOptions["includeObject"];
}

/**
 * Turns events into lines of JSON. Many watchers ask for the same event one after another, so the
 * newest event's bytes are kept, once for each shape, and shared.
 */
export class WatchEncoder {
  readonly #objectJson: ObjectJson;
  readonly #clock: Clock;
  #newest: StoredObject | undefined;
  readonly #lines = new Map<string, Buffer>();

  constructor(objectJson: ObjectJson, clock: Clock) {
    this.#objectJson = objectJson;
    this.#clock = clock;
  }

  /** @param hasHeader - Whether a Table carries its columns: the first of a stream does. */
  encode(
    type: WatchEventType,
    object: StoredObject,
    watch: WatchFormat & { readonly hasHeader: boolean },
  ): Buffer {
    // By identity: the objects of a view share the resourceVersion of what they follow from.
    if (object !== this.#newest) {
      this.#newest = object;
      this.#lines.clear();
    }
    const { format, includeObject, hasHeader } = watch;
    const shape = [type, format.as, format.version, includeObject, hasHeader].join();
    const known = this.#lines.get(shape);
    if (known !== undefined) return known;
    const line = toLine(type, this.#payload(object, watch));
    this.#lines.set(shape, line);
    return line;
  }

  /** An event that says only how far the stream has come. @param isInitialEnd - All that was there has been sent. */
  bookmark(
    { definition, format }: WatchFormat,
    resourceVersion: string,
    isInitialEnd: boolean,
  ): Buffer {
    const annotations = isInitialEnd ? { annotations: INITIAL_EVENTS_END } : {};
    const metadata = { resourceVersion, creationTimestamp: null, ...annotations };
    const object =
      format.as === "table"
        ? toTable(definition, [], { ...this.#tableOptions(format), resourceVersion })
        : { kind: definition.kind, apiVersion: apiVersionOf(definition), metadata };
    return toLine("BOOKMARK", JSON.stringify(object));
  }

  #payload(
    object: StoredObject,
    { definition, format, includeObject, hasHeader }: WatchFormat & { hasHeader: boolean },
  ): string {
    if (format.as === "object") return this.#objectJson.of(object);
    if (format.as === "metadata") return JSON.stringify(toPartialObject(object, format.version));
    const { resourceVersion } = object.metadata;
    const options = { ...this.#tableOptions(format), includeObject, hasHeader, resourceVersion };
    return JSON.stringify(toTable(definition, [object], options));
  }

  #tableOptions({ version }: Format): TableOptions {
    return { version, includeObject: "None", nowMs: this.#clock.nowMs(), hasHeader: false };
  }
}

const INITIAL_EVENTS_END = { "k8s.io/initial-events-end": "true" };

function toLine(type: WatchEventType | "BOOKMARK", payload: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":${payload}}\n`);
}
