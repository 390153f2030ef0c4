/**
 * Brings `dependencies` of a package manifest into its one form, a list of maps from name to range:
 * authors also write a plain name (any version), or one map for the whole list. Anything else
 * stays as it is, for the schema to name.
 */
export function normaliseDependencies(manifest: unknown): unknown {
  if (!isRecord(manifest) || !isRecord(manifest["dependencies"])) return manifest;
  const dependencies = Object.entries(manifest["dependencies"]).map(([name, list]) => [
    name,
    name === "system" || name === "plugins" ? toList(list) : list,
  ]);
  return { ...manifest, dependencies: Object.fromEntries(dependencies) };
}

const ANY_VERSION = "*";

function toList(list: unknown): unknown {
  if (isRecord(list))
    return Object.entries(list).map(([name, range]) => ({ [name]: range ?? ANY_VERSION }));
  return Array.isArray(list) ? list.map(toRanges) : list;
}

function toRanges(item: unknown): unknown {
  if (typeof item === "string") return { [item]: ANY_VERSION };
  if (!isRecord(item)) return item;
  const ranges = Object.entries(item).map(([name, range]) => [name, range ?? ANY_VERSION]);
  return Object.fromEntries(ranges);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
