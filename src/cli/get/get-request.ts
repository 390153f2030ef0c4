import type { StoredObject } from "../../api/meta.ts";
import type { ListOptions } from "../../client/api-client.ts";
import { PLUGINS } from "../../client/resources.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import type { Target } from "../objects/targets.ts";

export interface GetRequest {
  readonly targets: readonly Target[];
  /** undefined: all. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly output: "table" | "wide" | "json" | "yaml" | "name" | "template";
  /** What `output: "template"` prints of an object, or of a list. */
  readonly render?: ((value: unknown) => string) | undefined;
  /** In which order; undefined: the daemon's. */
  readonly sortBy?: ((a: unknown, b: unknown) => number) | undefined;
  /** Columns of labels, after the others. */
  readonly labelColumns?: readonly string[];
  readonly showLabels?: boolean;
  readonly showManagedFields?: boolean;
  readonly chunkSize?: number | undefined;
  /** What is not there is no error. */
  readonly isMissingFine?: boolean;
  /** Only what changes from now on. */
  readonly isWatchOnly?: boolean;
  readonly hasHeaders: boolean;
  readonly isWatching: boolean;
  readonly width: number | undefined;
  readonly print: (text: string) => void;
  readonly say: (text: string) => void;
}

export function listOptionsOf(request: GetRequest): ListOptions {
  const { namespace, labelSelector, fieldSelector, chunkSize } = request;
  return { namespace, labelSelector, fieldSelector, chunkSize };
}

export function namesText(objects: readonly StoredObject[]): string {
  return objects
    .map(({ apiVersion, kind, metadata }) => {
      const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
      const isPlain = group === "" || group === PLUGINS.group;
      return `${labelOf(isPlain ? kind : `${kind}.${group}`, metadata.name)}\n`;
    })
    .join("");
}
