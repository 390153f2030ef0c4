import type { StoredObject } from "../api/meta.ts";
import type { ConfigurationSetting, PackageManifest } from "../api/package-manifest.ts";
import type { Plugin } from "../api/plugin.ts";
import type { ConfigObjectRef, PluginStore } from "./ports.ts";

type ConfigFrom = NonNullable<Plugin["spec"]["configFrom"]>[number];
type ConfigRef = NonNullable<ConfigFrom["secretRef"]>;
type Config = Readonly<Record<string, unknown>>;

/** What a Plugin asks to be configured with, before the package's schema has been looked at. */
export interface RequestedConfig {
  readonly config: Config;
  /** What spec.configFrom names and is not there; each says how to put it right. */
  readonly missing: readonly string[];
}

/**
 * Puts together spec.configFrom, in its order, and over it spec.config. Secrets and ConfigMaps hold
 * text, so a value whose setting has another type is read as JSON.
 */
export function requestedConfig(
  plugin: Plugin,
  manifest: PackageManifest,
  store: Pick<PluginStore, "getObject">,
): RequestedConfig {
  const missing: string[] = [];
  const config = new Map<string, unknown>();
  for (const [index, from] of (plugin.spec.configFrom ?? []).entries()) {
    const source = `spec.configFrom[${index}]`;
    for (const { kind, ref } of refsOf(from)) {
      const object = store.getObject("v1", kind, plugin.metadata.namespace ?? "default", ref.name);
      const values = object === undefined ? undefined : valuesOf(kind, object);
      const found = take(values, ref);
      if (typeof found === "string") missing.push(`${source}: ${kind} "${ref.name}" ${found}`);
      else
        for (const [name, text] of found)
          config.set(name, toTyped(text, settingOf(manifest, name)));
    }
  }
  for (const [name, value] of Object.entries(plugin.spec.config ?? {})) config.set(name, value);
  return { config: Object.fromEntries(config), missing };
}

/** The Secrets and ConfigMaps that the plugin's configuration comes from. */
export function configObjectsOf(plugin: Plugin): readonly ConfigObjectRef[] {
  const namespace = plugin.metadata.namespace ?? "default";
  return (plugin.spec.configFrom ?? [])
    .flatMap(refsOf)
    .map(({ kind, ref }) => ({ kind, namespace, name: ref.name }));
}

function refsOf({
  secretRef,
  configMapRef,
}: ConfigFrom): { kind: "Secret" | "ConfigMap"; ref: ConfigRef }[] {
  return [
    ...(secretRef === undefined ? [] : [{ kind: "Secret" as const, ref: secretRef }]),
    ...(configMapRef === undefined ? [] : [{ kind: "ConfigMap" as const, ref: configMapRef }]),
  ];
}

/** Text by key. A Secret's `data` is base64, as in Kubernetes. */
function valuesOf(
  kind: ConfigObjectRef["kind"],
  object: StoredObject,
): ReadonlyMap<string, string> {
  const { data, stringData } = object as { data?: Config | null; stringData?: Config | null };
  const decode = (text: string): string =>
    kind === "Secret" ? Buffer.from(text, "base64").toString("utf8") : text;
  const values = Object.entries(data ?? {}).map(
    ([key, text]) => [key, decode(String(text))] as const,
  );
  const plain = Object.entries(stringData ?? {}).map(([key, text]) => [key, String(text)] as const);
  return new Map([...values, ...plain]);
}

/** The values asked for by configuration key, or what is wrong, in words. */
function take(
  values: ReadonlyMap<string, string> | undefined,
  ref: ConfigRef,
): ReadonlyMap<string, string> | string {
  if (values === undefined) return "does not exist; create it, or take this entry out";
  if (ref.key === undefined) return values;
  const text = values.get(ref.key);
  if (text === undefined) return `has no key "${ref.key}"; add it, or name one that is there`;
  return new Map([[ref.as ?? ref.key, text]]);
}

function settingOf(
  { configuration }: PackageManifest,
  name: string,
): ConfigurationSetting | undefined {
  const sets = [configuration?.required, configuration?.optional];
  return sets.find((set) => set !== undefined && Object.hasOwn(set, name))?.[name];
}

/** Text that is no JSON of a setting's type stays text: the package's schema then says what is wrong. */
function toTyped(text: string, setting: ConfigurationSetting | undefined): unknown {
  if (setting === undefined || setting.type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
