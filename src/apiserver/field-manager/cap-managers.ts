import { union } from "../managed-fields/field-set.ts";
import type { Holding } from "../managed-fields/managers.ts";
import { type Managed, managerKey } from "./entries.ts";

/** How many managers that do not apply an object has at most. */
export const MAX_UPDATE_MANAGERS = 10;

const BUCKET = "ancient-changes";

/** Joins the oldest managers that do not apply into one of their version, until few enough are left. */
export function capManagers(managed: Managed): Managed {
  const oldest = updatersByAge(managed);
  let surplus = oldest.length - MAX_UPDATE_MANAGERS;
  if (surplus <= 0) return managed;
  const managers = new Map(managed.managers);
  const times = new Map(managed.times);
  const firsts = new Map<string, string>();
  for (const [key, holding] of oldest) {
    if (surplus <= 0) break;
    const first = firsts.get(holding.apiVersion);
    if (first === undefined) {
      firsts.set(holding.apiVersion, key);
      continue;
    }
    const bucket = bucketKey(holding.apiVersion);
    const joined = managers.get(bucket) ?? managers.get(first);
    if (!managers.has(bucket)) managers.delete(first);
    managers.delete(key);
    managers.set(bucket, { ...holding, fields: union(holding.fields, joined?.fields ?? {}) });
    const time = managed.times.get(key);
    if (time !== undefined) times.set(bucket, time);
    surplus -= 1;
  }
  return { managers, times };
}

function updatersByAge({ managers, times }: Managed): readonly (readonly [string, Holding])[] {
  const age = (key: string): string => `${times.get(key) ?? ""} ${key}`;
  return [...managers]
    .filter(([, holding]) => !holding.isApplied)
    .toSorted(([a], [b]) => (age(a) < age(b) ? -1 : 1));
}

function bucketKey(apiVersion: string): string {
  return managerKey({ manager: BUCKET, operation: "Update", apiVersion, subresource: "" });
}
