import { canonicalJson } from "../../base/canonical-json.ts";
import type { ListType } from "./node-type.ts";
import { asList, asMap, memberOf } from "./view.ts";

/**
 * The step that names `item` in a list that is not atomic; undefined for an item that has no name,
 * since it is no scalar of a set, or leaves out a key.
 */
export function stepOf(type: ListType, item: unknown): string | undefined {
  return type.relation === "set" ? setStep(item) : keyedStep(type, item);
}

/** The items of a list by their steps, in order; those without a name are left out. */
export function bySteps(type: ListType, items: readonly unknown[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const item of items) {
    const step = stepOf(type, item);
    if (step === undefined) continue;
    const same = found.get(step);
    if (same === undefined) found.set(step, [item]);
    else same.push(item);
  }
  return found;
}

/** The value that stands for `key` in an item: its own, or the schema's default. */
export function keyValue(type: ListType, item: unknown, key: string): unknown {
  const own = memberOf(asMap(item), key);
  if (own !== undefined) return own;
  return type.item.kind === "map" ? type.item.defaults.get(key) : undefined;
}

function setStep(item: unknown): string | undefined {
  if (item === null || asMap(item) !== undefined || asList(item) !== undefined) return undefined;
  return `v:${JSON.stringify(item)}`;
}

function keyedStep(type: ListType, item: unknown): string | undefined {
  if (asMap(item) === undefined) return undefined;
  let members = "";
  // The keys of a type are sorted, so that this is canonical JSON.
  for (const key of type.keys) {
    const value = keyValue(type, item, key);
    if (value === undefined) return undefined;
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return `k:{${members}}`;
}
