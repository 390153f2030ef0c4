import { describe, expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import type { PackageManifest } from "../../../src/api/package-manifest.ts";
import type { Plugin } from "../../../src/api/plugin.ts";
import { requestedConfig } from "../../../src/reconcile/plugin-config.ts";
import { pluginSpec } from "../../helpers/arbitraries.ts";

const manifest = {
  configuration: { optional: { port: { type: "integer" }, key: { type: "string" } } },
} as unknown as PackageManifest;

const OBJECTS: Record<string, object> = {
  "Secret/ns/s": { data: { token: Buffer.from("hush").toString("base64") } },
  "ConfigMap/ns/c": { data: { port: "8080", key: "123", broken: "{" } },
};

function requested(spec: Partial<Plugin["spec"]>) {
  const plugin = {
    metadata: { name: "p", namespace: "ns" },
    spec: pluginSpec({ source: { path: "/p" }, ...spec }),
  } as unknown as Plugin;
  return requestedConfig(plugin, manifest, {
    getObject: (_version, kind, namespace, name) =>
      OBJECTS[`${kind}/${namespace}/${name}`] as StoredObject | undefined,
  });
}

describe("requestedConfig", () => {
  test("decodes a Secret's value and names it as asked", () => {
    const configFrom = [{ secretRef: { name: "s", key: "token", as: "key" } }];
    expect(requested({ configFrom })).toEqual({ config: { key: "hush" }, missing: [] });
  });

  test("reads the text of a setting that is no string as JSON, and leaves the rest as it is", () => {
    const configFrom = [{ configMapRef: { name: "c" } }];
    expect(requested({ configFrom }).config).toEqual({ port: 8080, key: "123", broken: "{" });
  });

  test("lets spec.config have the last word", () => {
    const configFrom = [{ configMapRef: { name: "c", key: "port" } }];
    expect(requested({ configFrom, config: { port: 1 } }).config).toEqual({ port: 1 });
  });

  test("names each object and key that is missing, with its place in the spec", () => {
    const configFrom = [
      { secretRef: { name: "none" } },
      { configMapRef: { name: "c", key: "nope" } },
    ];
    expect(requested({ configFrom }).missing).toEqual([
      'spec.configFrom[0]: Secret "none" does not exist; create it, or take this entry out',
      'spec.configFrom[1]: ConfigMap "c" has no key "nope"; add it, or name one that is there',
    ]);
  });
});
