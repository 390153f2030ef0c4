import { canonicalJson } from "../base/canonical-json.ts";
import { isJsonObject, type JsonObject } from "./checked-json.ts";
import { badRequest } from "./status-error.ts";

/** By the name of the field: what tells one item of a list from another; empty for items that are values. Any other list is replaced. */
const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ["finalizers", ""],
  ["ownerReferences", "uid"],
  ["conditions", "type"],
  ["containers", "name"],
  ["initContainers", "name"],
  ["env", "name"],
  ["secrets", "name"],
  ["imagePullSecrets", "name"],
]);

/**
 * Strategic merge patch, as kubectl sends it for Kubernetes' own kinds: a merge patch that also
 * merges some lists item by item. Changes neither argument.
 *
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function applyStrategicPatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === "replace") return changes;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge")
    throw badRequest(`$patch: ${JSON.stringify(directive)} is not one of merge, replace, delete`);
  const members = new Map(Object.entries(isJsonObject(target) ? target : {}));
  if (Array.isArray(retained))
    for (const name of members.keys()) if (!retained.includes(name)) members.delete(name);
  for (const [name, value] of Object.entries(changes)) applyMember(members, name, value);
  // fromEntries defines members, so that no name can reach a setter.
  return Object.fromEntries(members);
}

function applyMember(members: Map<string, unknown>, name: string, value: unknown): void {
  const removedFrom = /^\$deleteFromPrimitiveList\/(.+)$/.exec(name)?.[1];
  if (removedFrom !== undefined) {
    members.set(removedFrom, without(members.get(removedFrom), value));
    return;
  }
  // The order of a list is no more than a wish.
  if (name.startsWith("$setElementOrder/")) return;
  if (value === null) members.delete(name);
  else if (Array.isArray(value)) members.set(name, mergeList(name, members.get(name), value));
  else members.set(name, applyStrategicPatch(members.get(name), value));
}

function without(target: unknown, removed: unknown): unknown {
  const texts = new Set((Array.isArray(removed) ? removed : []).map((item) => canonicalJson(item)));
  return Array.isArray(target) ? target.filter((item) => !texts.has(canonicalJson(item))) : target;
}

function mergeList(name: string, target: unknown, patch: readonly unknown[]): unknown {
  const key = MERGE_KEYS.get(name);
  if (key === undefined || !Array.isArray(target))
    return patch.filter((item) => !isDirective(item));
  if (key === "") return [...target, ...patch.filter((item) => !target.includes(item))];
  if (patch.some((item) => isJsonObject(item) && item["$patch"] === "replace"))
    return patch.filter((item) => !isDirective(item));
  return patch.reduce<unknown[]>((items, item) => mergeItem(key, items, item), [...target]);
}

function mergeItem(key: string, items: readonly unknown[], patch: unknown): unknown[] {
  if (!isJsonObject(patch) || patch[key] === undefined)
    throw badRequest(`an item of a list in the patch has no "${key}", by which it would be found`);
  const isSame = (item: unknown): item is JsonObject =>
    isJsonObject(item) && item[key] === patch[key];
  if (patch["$patch"] === "delete") return items.filter((item) => !isSame(item));
  if (!items.some(isSame)) return [...items, applyStrategicPatch({}, patch)];
  return items.map((item) => (isSame(item) ? applyStrategicPatch(item, patch) : item));
}

function isDirective(item: unknown): boolean {
  return isJsonObject(item) && item["$patch"] !== undefined;
}
