import type { ErrorCause } from "../base/errors.ts";
import { isSameJson } from "../base/canonical-json.ts";
import { childPath } from "./field-path.ts";
import type { ConfigurationSetting, PackageManifest } from "./package-manifest.ts";
import { shown, typeName } from "./schema-faults.ts";
import { unknownField } from "./unknown-field.ts";

export interface ResolvedConfig {
  /** As given, with the defaults of what was left out. Of use only when there are no faults. */
  readonly config: Record<string, unknown>;
  readonly faults: readonly ErrorCause[];
  /** Keys whose values are never shown and never put into the environment. */
  readonly sensitiveKeys: readonly string[];
}

/**
 * Checks a plugin's configuration against what its package declares, and fills in the defaults. A
 * package without a `configuration` section takes anything.
 *
 * @param config - All of it: `spec.config` and what `spec.configFrom` brought.
 */
export function resolveConfig(
  manifest: PackageManifest,
  config: Readonly<Record<string, unknown>>,
): ResolvedConfig {
  const { configuration } = manifest;
  if (configuration === undefined) return { config: { ...config }, faults: [], sensitiveKeys: [] };
  const required = configuration.required ?? {};
  const settings: ReadonlyMap<string, ConfigurationSetting> = new Map([
    ...Object.entries(configuration.optional ?? {}),
    ...Object.entries(required),
  ]);
  const given = Object.entries(config).filter(([, value]) => value !== null && value !== undefined);
  const resolved = Object.fromEntries([...defaultsOf(settings), ...given]);
  return {
    config: resolved,
    faults: [
      ...missingFaults(Object.keys(required), resolved),
      ...given.flatMap(([name, value]) => valueFaults(settings, name, value)),
    ],
    sensitiveKeys: [...settings].filter(([, { sensitive }]) => sensitive).map(([name]) => name),
  };
}

const FIELD = "spec.config";

function defaultsOf(settings: ReadonlyMap<string, ConfigurationSetting>): [string, unknown][] {
  return [...settings]
    .filter(([, setting]) => setting.default !== undefined)
    .map(([name, setting]) => [name, structuredClone(setting.default)]);
}

function missingFaults(
  names: readonly string[],
  config: Readonly<Record<string, unknown>>,
): ErrorCause[] {
  return names
    .filter((name) => !Object.hasOwn(config, name))
    .map((name) => ({
      field: childPath(FIELD, name),
      reason: "FieldValueRequired",
      message: "Required value: the package requires it",
    }));
}

function valueFaults(
  settings: ReadonlyMap<string, ConfigurationSetting>,
  name: string,
  value: unknown,
): ErrorCause[] {
  const field = childPath(FIELD, name);
  const setting = settings.get(name);
  if (setting === undefined) return [unknownField(field, name, settings.keys())];
  const type = typeName(value);
  if (type !== setting.type && !(setting.type === "number" && type === "integer")) {
    const message = `Invalid value: "${type}": must be of type ${setting.type}`;
    return [{ field, reason: "FieldValueTypeInvalid", message }];
  }
  if (setting.enum === undefined || setting.enum.some((allowed) => isSameJson(allowed, value)))
    return [];
  const subject = setting.sensitive === true ? "(not shown)" : shown(value);
  const values = setting.enum.map((allowed) => JSON.stringify(allowed)).join(", ");
  const message = `Unsupported value: ${subject}: supported values: ${values}`;
  return [{ field, reason: "FieldValueNotSupported", message }];
}
