import { describe, expect, test } from "vitest";
import { configEnvironment } from "../../../src/config/config-environment.ts";

describe("configEnvironment", () => {
  test.each([
    ["endpoint", "ENDPOINT"],
    ["api_key", "API_KEY"],
    ["timeoutSeconds", "TIMEOUT_SECONDS"],
    ["HTTPPort", "HTTP_PORT"],
    ["log-level.v2", "LOG_LEVEL_V2"],
    ["größe", "GR__E"],
  ])("names %s PORTUNIX_CONFIG_%s", (key, name) => {
    expect(configEnvironment({}, { [key]: "x" })).toEqual({ [`PORTUNIX_CONFIG_${name}`]: "x" });
  });

  test("writes text as it is and everything else as JSON", () => {
    const config = { a: "1 = 'x'\n", b: 1.5, c: false, d: { e: [1] }, f: [], g: null };
    expect(configEnvironment({}, config)).toEqual({
      PORTUNIX_CONFIG_A: "1 = 'x'\n",
      PORTUNIX_CONFIG_B: "1.5",
      PORTUNIX_CONFIG_C: "false",
      PORTUNIX_CONFIG_D: '{"e":[1]}',
      PORTUNIX_CONFIG_F: "[]",
    });
  });

  test("leaves out what is sensitive, required or optional", () => {
    const setting = { type: "string", sensitive: true } as const;
    const manifest = {
      configuration: { required: { token: setting }, optional: { pin: setting } },
    };
    const config = { token: "s3cret", pin: "1234", open: "x" };
    expect(configEnvironment(manifest, config)).toEqual({ PORTUNIX_CONFIG_OPEN: "x" });
  });

  test("never takes the place of PORTUNIX_CONFIG_FILE", () => {
    expect(configEnvironment({}, { file: "x", File: "y", FILE: "z" })).toEqual({});
  });

  test("leaves out what an environment cannot hold", () => {
    const config = { nul: "a\0b", large: "x".repeat(32 * 1024 + 1), fits: "x".repeat(32 * 1024) };
    expect(Object.keys(configEnvironment({}, config))).toEqual(["PORTUNIX_CONFIG_FITS"]);
  });

  test("stays below a bound in all", () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`k${index}`, "x".repeat(30_000)]),
    );
    const size = Object.entries(configEnvironment({}, many)).flat().join("").length;
    expect(size).toBeGreaterThan(200_000);
    expect(size).toBeLessThanOrEqual(256 * 1024);
  });

  test("takes the first of two settings with one name, and no key of a prototype for a setting", () => {
    const config = { "a-b": "1", a_b: "2" };
    expect(configEnvironment({}, config)).toEqual({ PORTUNIX_CONFIG_A_B: "1" });
    const manifest = { configuration: { required: {}, optional: {} } };
    expect(configEnvironment(manifest, { constructor: "x", toString: "y" })).toEqual({
      PORTUNIX_CONFIG_CONSTRUCTOR: "x",
      PORTUNIX_CONFIG_TO_STRING: "y",
    });
  });
});
