import { isJsonObject } from "./checked-json.ts";

/** JSON merge patch, RFC 7386: null removes, objects merge, all else replaces. Changes neither argument. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const members = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, applyMergePatch(members.get(name), value));
  }
  // fromEntries defines members, so that no name can reach a setter.
  return Object.fromEntries(members);
}
