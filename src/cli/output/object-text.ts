import type { StoredObject } from "../../api/meta.ts";

/** An object or a list in full. */
export async function textOf(value: unknown, output: string): Promise<string> {
  if (output !== "yaml") return `${JSON.stringify(value, undefined, 2)}\n`;
  const { toYaml } = await import("./to-yaml.ts");
  return toYaml(value);
}

/** Without the book of who set which field, which is longer than the object and seldom wanted. */
export function withoutManagedFields(object: StoredObject): StoredObject {
  if (!("managedFields" in object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata as StoredObject["metadata"] & {
    readonly managedFields?: unknown;
  };
  return { ...object, metadata };
}
