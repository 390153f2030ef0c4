import type { InputObject } from "../meta.ts";
import { PLUGIN_KIND } from "../plugin.ts";

/**
 * A Plugin with its `spec.source.path` made absolute; any other object, and a Plugin without such
 * a path, as it is.
 *
 * @param resolve - Makes a path absolute, from the directory of the manifest.
 */
export function withAbsoluteSource(
  object: InputObject,
  resolve: (path: string) => string,
): InputObject {
  if (object.kind !== PLUGIN_KIND || !object.apiVersion.startsWith("portunix.ai/")) return object;
  const { spec } = object as { readonly spec?: { readonly source?: unknown } | null };
  const source = spec?.source;
  if (typeof source !== "object" || source === null || !("path" in source)) return object;
  if (typeof source.path !== "string" || source.path === "") return object;
  return { ...object, spec: { ...spec, source: { ...source, path: resolve(source.path) } } };
}
