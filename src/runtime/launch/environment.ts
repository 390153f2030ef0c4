import type { PackageRuntime } from "../../api/package-manifest.ts";
import { ID_VARIABLE, NONCE_VARIABLE } from "../process-table.ts";
import { fillTemplate, type TemplateValues } from "./command-line.ts";

export interface EnvironmentParts {
  /** What of the daemon's own environment may be seen by plugins. */
  readonly base: Readonly<Record<string, string>>;
  /** The plugin's configuration and what its operator granted. */
  readonly requested: Readonly<Record<string, string>>;
  readonly runtime: PackageRuntime;
  readonly values: TemplateValues;
  readonly name: string;
  readonly address: string;
  readonly id: string;
  readonly nonce: string;
}

/**
 * The whole environment of a plugin. What identifies the instance comes last in precedence, so
 * that neither a package nor a configuration key can take it over. The nonce stands first and the
 * id last in the block: a process that overwrites its environment from one end keeps the other.
 */
export function toEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { base, requested, runtime, values } = parts;
  const fromPackage = Object.entries(runtime.env ?? {}).map(
    ([name, text]) => [name, fillTemplate(text, values)] as const,
  );
  const ours = {
    PORTUNIX_PLUGIN_NAME: parts.name,
    PORTUNIX_PLUGIN_ADDRESS: parts.address,
    PORTUNIX_DATA_DIR: values.dataDir,
    ...(values.config === undefined ? {} : { PORTUNIX_CONFIG_FILE: values.config }),
  };
  const others = Object.entries({
    ...base,
    ...requested,
    ...Object.fromEntries(fromPackage),
    ...ours,
  }).filter(([name]) => name !== NONCE_VARIABLE && name !== ID_VARIABLE);
  return {
    [NONCE_VARIABLE]: parts.nonce,
    ...Object.fromEntries(others),
    [ID_VARIABLE]: parts.id,
  };
}
