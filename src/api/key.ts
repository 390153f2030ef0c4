import { DEFAULT_NAMESPACE } from "./meta.ts";

declare const brand: unique symbol;

/** A namespaced name, `<namespace>/<name>`: the key of the work queue. */
export type ObjectKey = string & { readonly [brand]: "ObjectKey" };

export function toKey(namespace: string, name: string): ObjectKey {
  return `${namespace}/${name}` as ObjectKey;
}

export function splitKey(key: ObjectKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * The name of a Plugin on disk (enabled/, configs/, logs/, data/): the bare name in the default
 * namespace, else `<namespace>.<name>`. Unambiguous, since neither part may hold a dot.
 */
export function toDiskName(key: ObjectKey): string {
  const { namespace, name } = splitKey(key);
  return namespace === DEFAULT_NAMESPACE ? name : `${namespace}.${name}`;
}

/** The inverse of {@link toDiskName}; undefined when `diskName` is no such name. */
export function fromDiskName(diskName: string): ObjectKey | undefined {
  const parts = diskName.split(".");
  const [first, second] = parts;
  if (!parts.every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part))) return undefined;
  if (parts.length === 1 && first !== undefined) return toKey(DEFAULT_NAMESPACE, first);
  if (parts.length === 2 && first !== undefined && second !== undefined)
    return toKey(first, second);
  return undefined;
}
