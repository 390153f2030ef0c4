import type { InputObject, ObjectRef } from "../api/meta.ts";

/** The identity of an object as one text: what the maps of a source's pass are keyed by. */
export function refKey({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`;
}

/** `plugin/NAME`, with the namespace where it is not the default one. */
export function refText({ kind, namespace, name }: ObjectRef): string {
  const prefix = namespace === "" || namespace === "default" ? "" : `${namespace}/`;
  return `${kind.toLowerCase()}/${prefix}${name}`;
}

/** The document of an inventory entry; undefined when there is none, or none that can be read. */
export function parseApplied(applied: string | undefined): InputObject | undefined {
  if (applied === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(applied);
    return isInputObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Order by code unit, the same in every locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isInputObject(value: unknown): value is InputObject {
  if (typeof value !== "object" || value === null) return false;
  const { metadata } = value as { metadata?: unknown };
  return typeof metadata === "object" && metadata !== null;
}
