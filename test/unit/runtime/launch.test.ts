import { describe, expect, test } from "vitest";
import type { PackageRuntime } from "../../../src/api/package-manifest.ts";
import {
  fillTemplate,
  toCommandLine,
  usesTemplate,
} from "../../../src/runtime/launch/command-line.ts";
import { toEnvironment } from "../../../src/runtime/launch/environment.ts";

const PATHS = { main: "/p/main", nodePath: "/bin/node" };
const VALUES = {
  port: undefined,
  healthPort: undefined,
  socket: "/run/p.sock",
  config: "/c.json",
  dataDir: "/data",
};
const TCP = { ...VALUES, port: 9001, socket: undefined };

describe("toCommandLine", () => {
  test.each([
    ["native", ["/p/main"]],
    ["go", ["/p/main"]],
    ["rust", ["/p/main"]],
    ["node", ["/bin/node", "/p/main"]],
    ["javascript", ["/bin/node", "/p/main"]],
    ["typescript", ["/bin/node", "/p/main"]],
    ["python", ["python3", "/p/main"]],
    ["java", ["java", "-jar", "/p/main"]],
  ] as const)("runs %s", (language, argv) => {
    const { file, args } = toCommandLine({ language, main: "main" }, VALUES, PATHS);
    expect([file, ...args]).toEqual(argv);
  });

  test("gives --port to a TCP plugin without arguments of its own, and only to that", () => {
    const runtime: PackageRuntime = { language: "go", main: "main", port: 9001 };
    expect(toCommandLine(runtime, TCP, PATHS).args).toEqual(["--port", "9001"]);
    const own = { ...runtime, args: ["--grpc-port={port}", "x"] };
    expect(toCommandLine(own, TCP, PATHS).args).toEqual(["--grpc-port=9001", "x"]);
    expect(toCommandLine({ ...runtime, args: [] }, TCP, PATHS).args).toEqual([]);
    expect(toCommandLine(runtime, VALUES, PATHS).args).toEqual([]);
  });
});

describe("templates", () => {
  test("are filled in everywhere, once, and nothing else is touched", () => {
    const text = "{socket}:{config}:{dataDir}:{dataDir}:{port}:{other}:{}";
    expect(fillTemplate(text, VALUES)).toBe("/run/p.sock:/c.json:/data:/data::{other}:{}");
    expect(fillTemplate("{config}", { ...VALUES, config: "{port}$&" })).toBe("{port}$&");
  });

  test("are found in args and env", () => {
    const runtime: PackageRuntime = { language: "go", main: "m", env: { A: "x{socket}" } };
    expect(usesTemplate(runtime, "socket")).toBe(true);
    expect(usesTemplate(runtime, "port")).toBe(false);
    expect(usesTemplate({ ...runtime, args: ["{port}"] }, "port")).toBe(true);
  });
});

describe("toEnvironment", () => {
  const parts = {
    base: { PATH: "/bin" },
    requested: { A: "requested", PORTUNIX_CONFIG_FILE: "forged" },
    runtime: {
      language: "go",
      main: "m",
      env: { A: "{dataDir}", PORTUNIX_INSTANCE_NONCE: "forged", PORTUNIX_INSTANCE_ID: "forged" },
    } satisfies PackageRuntime,
    values: VALUES,
    name: "a",
    address: "unix:/run/p.sock",
    id: "0a0b0c0d",
    nonce: "ff".repeat(16),
  };

  test("holds what is listed, and what identifies the instance cannot be taken over", () => {
    expect(toEnvironment(parts)).toEqual({
      PATH: "/bin",
      A: "/data",
      PORTUNIX_CONFIG_FILE: "/c.json",
      PORTUNIX_DATA_DIR: "/data",
      PORTUNIX_INSTANCE_ID: "0a0b0c0d",
      PORTUNIX_INSTANCE_NONCE: "ff".repeat(16),
      PORTUNIX_PLUGIN_ADDRESS: "unix:/run/p.sock",
      PORTUNIX_PLUGIN_NAME: "a",
    });
  });

  test("has the nonce first and the id last", () => {
    const names = Object.keys(toEnvironment(parts));
    expect([names[0], names.at(-1)]).toEqual(["PORTUNIX_INSTANCE_NONCE", "PORTUNIX_INSTANCE_ID"]);
  });
});
