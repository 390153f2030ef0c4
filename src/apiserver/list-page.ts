import type { StoredObject } from "../api/meta.ts";
import { PortunixError } from "../base/errors.ts";
import type { ApiContext } from "./api-context.ts";
import { encodeToken } from "./continue-token.ts";
import { comparePlace, listAt } from "./list-at.ts";
import type { ListOptions } from "./list-options.ts";
import type { ObjectList } from "./ports.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { selectionOf } from "./selection.ts";

/** One part of a list, and what is said of it. */
export interface ListPage {
  readonly items: readonly StoredObject[];
  readonly metadata: ListMeta;
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  /** Left out with selectors, as on a cluster. */
  readonly remainingItemCount?: number;
}

/** The part of a list that a request asks for; all parts of one list show one state. */
export function pageOf(
  request: ResourceRequest,
  { store }: ApiContext,
  options: ListOptions,
): ListPage {
  const { definition, query } = request;
  const namespace = definition.namespaced ? request.namespace : undefined;
  const { limit, token, exactly } = options;
  const list =
    exactly === undefined
      ? store.list(definition, namespace)
      : reaching(options, () => listAt(store, definition, { namespace, resourceVersion: exactly }));
  const selection = selectionOf(query, definition);
  const selected = selection === undefined ? list.items : list.items.filter(selection);
  const left =
    token === undefined
      ? selected
      : selected.slice(firstIndex(selected, (one) => comparePlace(one.metadata, token) > 0));
  const items = limit === 0 ? left : left.slice(0, limit);
  const { resourceVersion } = list;
  const last = items.at(-1);
  if (last === undefined || items.length === left.length)
    return { items, metadata: { resourceVersion } };
  const { name, namespace: place = "" } = last.metadata;
  const remaining = { remainingItemCount: left.length - items.length };
  return {
    items,
    metadata: {
      resourceVersion,
      continue: encodeToken({ resourceVersion, namespace: place, name }),
      ...(selection === undefined ? remaining : {}),
    },
  };
}

/** Of the first object that `isAfter` holds for; the objects are in order. */
function firstIndex(
  objects: readonly StoredObject[],
  isAfter: (object: StoredObject) => boolean,
): number {
  const index = objects.findIndex(isAfter);
  return index < 0 ? objects.length : index;
}

/** Tells a client in Kubernetes' words that what it asks for is too long ago. */
function reaching({ token, exactly }: ListOptions, read: () => ObjectList): ObjectList {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof PortunixError) || thrown.code !== "Expired") throw thrown;
    const text =
      token === undefined
        ? `The resourceVersion for the provided list is too old: ${exactly ?? ""}`
        : "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.";
    throw new PortunixError("Expired", text, { cause: thrown });
  }
}
