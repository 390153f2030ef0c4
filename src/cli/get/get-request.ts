import type { StoredObject } from "../../api/meta.ts";
import type { ListOptions } from "../../client/api-client.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import type { Target } from "../objects/targets.ts";

export interface GetRequest {
  readonly targets: readonly Target[];
  /** undefined: all. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly output: "table" | "wide" | "json" | "yaml" | "name";
  readonly hasHeaders: boolean;
  readonly isWatching: boolean;
  readonly width: number | undefined;
  readonly print: (text: string) => void;
  readonly say: (text: string) => void;
}

export function listOptionsOf(request: GetRequest): ListOptions {
  const { namespace, labelSelector, fieldSelector } = request;
  return { namespace, labelSelector, fieldSelector };
}

export function namesText(objects: readonly StoredObject[]): string {
  return objects.map(({ kind, metadata }) => `${labelOf(kind, metadata.name)}\n`).join("");
}
