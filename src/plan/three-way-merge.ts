import { isSameJson } from "../base/canonical-json.ts";
import type { InputObject, StoredObject } from "../api/meta.ts";

/**
 * Puts a change of text onto what is there: what `desired` says is set, what `lastApplied` said and
 * `desired` no longer says is taken away, and all that neither ever said is left as it is in `live`.
 *
 * Objects merge member by member; a list is one value. A list that the text has not changed, and
 * that `live` still shows item by item, stays as `live` has it, with its defaults. A null member
 * counts as absent, as in RFC 7386.
 *
 * @param lastApplied - JSON; undefined when this source has not applied the object before.
 * @returns `live` itself when nothing is to be changed.
 */
export function threeWayMerge(lastApplied: unknown, desired: unknown, live: unknown): unknown {
  if (!isJsonObject(desired)) {
    const isKept = isSameJson(lastApplied, desired) && covers(live, desired);
    return isKept || isSameJson(live, desired) ? live : desired;
  }
  const before = isJsonObject(lastApplied) ? lastApplied : {};
  const now = isJsonObject(live) ? live : {};
  const merged = new Map(Object.entries(now));
  for (const [name, value] of Object.entries(before)) {
    if (isNothing(desired[name])) replace(merged, name, withoutApplied(value, now[name]));
  }
  for (const [name, value] of Object.entries(desired)) {
    if (!isNothing(value)) merged.set(name, threeWayMerge(before[name], value, now[name]));
  }
  return isJsonObject(live) && hasSameMembers(merged, live) ? live : Object.fromEntries(merged);
}

/**
 * The stored object as it should be written: {@link threeWayMerge} over labels, annotations, owner
 * references and all members but status. Identity, finalizers and the store's own metadata stay
 * those of `live`, with its resourceVersion, so that a write over a newer state is refused.
 *
 * @returns `live` itself when nothing is to be changed.
 */
export function mergeObject(
  lastApplied: InputObject | undefined,
  desired: InputObject,
  live: StoredObject,
): StoredObject {
  return threeWayMerge(toMergeable(lastApplied), toMergeable(desired), live) as StoredObject;
}

function toMergeable(object: InputObject | undefined): unknown {
  if (object === undefined) return undefined;
  const { apiVersion: _apiVersion, kind: _kind, status: _status, ...rest } = object;
  const { labels, annotations, ownerReferences } = object.metadata;
  return { ...rest, metadata: { labels, annotations, ownerReferences } };
}

/** `live` without what `applied` had set; undefined when nothing is left of it. */
function withoutApplied(applied: unknown, live: unknown): unknown {
  if (isNothing(applied)) return live;
  if (!isJsonObject(applied) || !isJsonObject(live)) return undefined;
  const rest = new Map(Object.entries(live));
  for (const [name, value] of Object.entries(applied)) {
    replace(rest, name, withoutApplied(value, live[name]));
  }
  return rest.size === 0 ? undefined : Object.fromEntries(rest);
}

function replace(members: Map<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) members.delete(name);
  else members.set(name, value);
}

function hasSameMembers(merged: ReadonlyMap<string, unknown>, live: object): boolean {
  const now = new Map(Object.entries(live));
  if (merged.size !== now.size) return false;
  return [...merged].every(([name, value]) => now.get(name) === value && now.has(name));
}

/** True when `live` says all that `desired` says, and perhaps more inside of its objects. */
function covers(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) {
    return (
      Array.isArray(live) &&
      live.length === desired.length &&
      desired.every((item, index) => covers(live[index], item))
    );
  }
  if (!isJsonObject(desired)) return isSameJson(live, desired);
  return (
    isJsonObject(live) &&
    Object.entries(desired).every(([name, value]) => isNothing(value) || covers(live[name], value))
  );
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
