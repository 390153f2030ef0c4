import type { ObjectRef } from "../api/meta.ts";

/** One text for each identity; no part may hold a space. */
export function refKey({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace} ${name}`;
}

/** For messages. */
export function refText({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
