import type { PackageManifest } from "../api/package-manifest.ts";

const PREFIX = "PORTUNIX_CONFIG_";
/** The path of the configuration file goes by this name, so a setting called `file` cannot. */
const RESERVED = `${PREFIX}FILE`;
/** execve refuses one string of 128 KiB, and all of them together beyond a few MiB. */
const MAX_VALUE_BYTES = 32 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024;

/**
 * The configuration as environment variables: `timeoutSeconds` as PORTUNIX_CONFIG_TIMEOUT_SECONDS,
 * objects and lists as JSON.
 *
 * The configuration file alone is complete. Left out here: settings that the package calls
 * sensitive (the environment of a process can be read by others and ends up in dumps), null, a
 * setting called `file`, values that no environment can hold (NUL) or that are over 32 KiB, and of
 * two settings that differ only in their punctuation the one that sorts later.
 */
export function configEnvironment(
  manifest: Pick<PackageManifest, "configuration">,
  config: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  let total = 0;
  for (const key of Object.keys(config).toSorted()) {
    const name = environmentName(key);
    const value = isSensitive(manifest, key) ? undefined : environmentValue(config[key]);
    if (value === undefined || name === RESERVED || Object.hasOwn(environment, name)) continue;
    total += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (total > MAX_TOTAL_BYTES) break;
    environment[name] = value;
  }
  return environment;
}

function environmentName(key: string): string {
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2");
  return `${PREFIX}${words.replaceAll(/[^A-Za-z0-9_]/g, "_").toUpperCase()}`;
}

function environmentValue(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.includes("\0") || Buffer.byteLength(text) > MAX_VALUE_BYTES ? undefined : text;
}

function isSensitive(
  { configuration }: Pick<PackageManifest, "configuration">,
  key: string,
): boolean {
  return [configuration?.required, configuration?.optional].some(
    (settings) =>
      settings !== undefined && Object.hasOwn(settings, key) && settings[key]?.sensitive === true,
  );
}
