import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../../src/api/package-config.ts";
import type { PackageManifest } from "../../../src/api/package-manifest.ts";

const base: PackageManifest = {
  name: "a",
  version: "1.0.0",
  type: "service",
  capabilities: [],
  runtime: { main: "main", language: "native" },
};

const manifest: PackageManifest = {
  ...base,
  configuration: {
    required: {
      api_key: { type: "string", sensitive: true, enum: ["open", "sesame"] },
      endpoint: { type: "string", sensitive: false },
    },
    optional: {
      timeout: { type: "integer", default: 30, sensitive: false },
      ratio: { type: "number", sensitive: false },
      tags: { type: "array", default: ["a"], sensitive: false },
      mode: { type: "string", enum: ["fast", "safe"], sensitive: false },
    },
  },
};

const given = { api_key: "open", endpoint: "http://x" };

describe("resolveConfig", () => {
  test("fills in the defaults of what is left out or null", () => {
    expect(resolveConfig(manifest, { ...given, timeout: null, ratio: 1 })).toEqual({
      config: { ...given, timeout: 30, tags: ["a"], ratio: 1 },
      faults: [],
      sensitiveKeys: ["api_key"],
    });
  });

  test.each([
    [{ endpoint: undefined }, "endpoint", "Required value: the package requires it"],
    [{ endpoint: null }, "endpoint", "Required value: the package requires it"],
    [{ timeout: "5" }, "timeout", 'Invalid value: "string": must be of type integer'],
    [{ timeout: 1.5 }, "timeout", 'Invalid value: "number": must be of type integer'],
    [{ tags: {} }, "tags", 'Invalid value: "object": must be of type array'],
    [{ mode: "slow" }, "mode", 'Unsupported value: "slow": supported values: "fast", "safe"'],
    [{ timout: 5 }, "timout", 'unknown field "spec.config.timout", did you mean "timeout"?'],
  ])("refuses %j", (change, key, message) => {
    const { faults } = resolveConfig(manifest, { ...given, ...change });
    expect(faults.map((fault) => [fault.field, fault.message])).toEqual([
      [`spec.config.${key}`, message],
    ]);
  });

  test("tells all faults at once, and never shows a sensitive value", () => {
    const { faults } = resolveConfig(manifest, { api_key: "hunter2", timeout: "x", other: 1 });
    expect(faults.map(({ field }) => field)).toEqual([
      "spec.config.endpoint",
      "spec.config.api_key",
      "spec.config.timeout",
      "spec.config.other",
    ]);
    expect(JSON.stringify(faults)).not.toContain("hunter2");
  });

  test("takes anything for a package that declares nothing", () => {
    expect(resolveConfig(base, { any: [1] })).toEqual({
      config: { any: [1] },
      faults: [],
      sensitiveKeys: [],
    });
  });

  test("does not take inherited names for settings, nor share its defaults", () => {
    const { faults } = resolveConfig(manifest, { ...given, toString: "x" });
    expect(faults).toHaveLength(1);
    (resolveConfig(manifest, given).config["tags"] as string[]).push("b");
    expect(resolveConfig(manifest, given).config["tags"]).toEqual(["a"]);
  });
});
