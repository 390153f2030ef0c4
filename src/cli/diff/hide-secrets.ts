import type { StoredObject } from "../../api/meta.ts";

const VALUE_FIELDS = ["data", "stringData"] as const;

/**
 * The object with each value of a Secret as `kubectl diff` shows it: that it differs from the one
 * in `other`, never the value itself, since a diff ends up on screens and in logs of CI.
 *
 * @param side - What a value that differs is called.
 */
export function hideSecrets(
  object: StoredObject,
  other: StoredObject | undefined,
  side: "before" | "after",
): StoredObject {
  if (object.kind !== "Secret") return object;
  const hidden = VALUE_FIELDS.flatMap((field) => {
    const values = valuesOf(object, field);
    if (values === undefined) return [];
    const others = new Map(Object.entries((other && valuesOf(other, field)) ?? {}));
    const shown = Object.entries(values).map(([key, value]) => {
      const isSame = !others.has(key) || others.get(key) === value;
      return [key, isSame ? "***" : `*** (${side})`];
    });
    return [[field, Object.fromEntries(shown)]];
  });
  return { ...object, ...(Object.fromEntries(hidden) as object) };
}

function valuesOf(
  object: StoredObject,
  field: (typeof VALUE_FIELDS)[number],
): Readonly<Record<string, unknown>> | undefined {
  const value = (object as unknown as Readonly<Record<string, unknown>>)[field];
  if (typeof value !== "object" || value === null) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
