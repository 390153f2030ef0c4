import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../../src/api/manifest/problem.ts";
import { parsePackageManifest } from "../../../src/api/package-manifest-parse.ts";
import type { PackageManifest } from "../../../src/api/package-manifest.ts";

const minimal = "name: a\nversion: 1.0.0\nruntime: {main: ./main}\n";

function parsed(text: string): PackageManifest {
  const result = parsePackageManifest(text, "plugin.yaml");
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.manifest;
}

function problemsOf(text: string): readonly string[] {
  const result = parsePackageManifest(text, "plugin.yaml");
  return "problems" in result ? result.problems.map(formatProblem) : [];
}

/** The example of the architecture document, word for word. */
const example = `# Basic metadata
name: my-plugin
version: 1.0.0
description: Example plugin for Portunix
author: Developer Name
license: MIT
type: service  # service, tool, mcp
capabilities:
  - system-monitoring
  - file-processing
runtime:
  language: go
  main: ./main
  port: 50051
  health_check_port: 50052
dependencies:
  system:
    - docker: ">=20.0.0"
    - git: ">=2.0.0"
  plugins:
    - database-connector: ">=1.2.0"
permissions:
  filesystem:
    read: ["/tmp", "/var/log"]
    write: ["/tmp/plugin-data"]
  network:
    outbound: ["api.example.com:443"]
  system:
    execute: ["docker", "git"]
configuration:
  required:
    api_key:
      type: string
      description: API key for external service
      sensitive: true
    endpoint:
      type: string
      description: Service endpoint URL
  optional:
    timeout:
      type: integer
      default: 30
      description: Request timeout in seconds
mcp:
  tools:
    - name: process_file
      description: Process a file with custom logic
      parameters:
        file_path:
          type: string
          description: Path to the file to process
        options:
          type: object
          description: Processing options
`;

describe("parsePackageManifest", () => {
  test("keeps every field of the architecture document's example", () => {
    const manifest = parsed(example);
    expect(manifest).toMatchObject({
      name: "my-plugin",
      license: "MIT",
      capabilities: ["system-monitoring", "file-processing"],
      runtime: { language: "go", main: "./main", port: 50_051, health_check_port: 50_052 },
      dependencies: {
        system: [{ docker: ">=20.0.0" }, { git: ">=2.0.0" }],
        plugins: [{ "database-connector": ">=1.2.0" }],
      },
      permissions: { system: { execute: ["docker", "git"] } },
      configuration: {
        required: { api_key: { sensitive: true }, endpoint: { sensitive: false } },
        optional: { timeout: { default: 30 } },
      },
    });
    expect(manifest.mcp?.tools?.[0]?.parameters).toHaveProperty("options.type", "object");
  });

  test("fills in defaults", () => {
    expect(parsed(minimal)).toEqual({
      name: "a",
      version: "1.0.0",
      type: "service",
      capabilities: [],
      runtime: { main: "./main", language: "native" },
    });
  });

  test.each([
    ["a list of names", "[docker, git: '>=2']"],
    ["a map", "{docker: , git: '>=2'}"],
    ["a list of maps, one without a range", "[{docker: }, {git: '>=2'}]"],
  ])("takes dependencies as %s", (_name, list) => {
    expect(parsed(`${minimal}dependencies: {system: ${list}}`).dependencies).toEqual({
      system: [{ docker: "*" }, { git: ">=2" }],
    });
  });

  test("tells all problems at once, each at its place", () => {
    const text =
      "name: Bad_Name\nversion: one\ntyp: tool\nruntime:\n  main: ''\n  port: 70000\ndependencies:\n  plugins:\n  - db: nope\n";
    expect(problemsOf(text).toSorted()).toEqual([
      `plugin.yaml:1:7 name: Invalid value: "Bad_Name": should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'`,
      'plugin.yaml:2:10 version: Invalid value: "one": must be a semantic version, such as 1.2.3',
      'plugin.yaml:3:1 typ: unknown field "typ", did you mean "type"?',
      'plugin.yaml:5:9 runtime.main: Invalid value: "": should be at least 1 chars long',
      "plugin.yaml:6:9 runtime.port: Invalid value: 70000: should be less than or equal to 65535",
      'plugin.yaml:9:9 dependencies.plugins[0].db: Invalid value: "nope": must be a range of semantic versions, such as >=1.0.0 <2',
    ]);
  });

  test.each(["/bin/sh", "../main", "a/../../main", "./..", "C:\\x", "a\\..\\..\\b"])(
    "refuses %s as its program",
    (main) => {
      expect(problemsOf(minimal.replace("./main", `'${main}'`))).toEqual([
        expect.stringMatching(/^plugin\.yaml:3:17 runtime\.main: .*path inside of the package/),
      ]);
    },
  );

  test.each(["main", "./a/../main", "bin/main.js", "..main"])("takes %s as its program", (main) => {
    expect(parsed(minimal.replace("./main", main)).runtime.main).toBe(main);
  });

  test("refuses settings that contradict themselves", () => {
    const text = `${minimal}configuration:
  required: {a: {type: string}}
  optional:
    a: {type: string}
    b: {type: integer, default: "5"}
    c: {type: number, default: 5, enum: [5, five]}
`;
    expect(problemsOf(text)).toEqual([
      'plugin.yaml:8:33 configuration.optional.b.default: Invalid value: "string": must be of type integer',
      'plugin.yaml:9:45 configuration.optional.c.enum[1]: Invalid value: "string": must be of type number',
      'plugin.yaml:7:8 configuration.optional.a: Duplicate value: "a": is among the required ones too',
    ]);
  });

  test.each([
    ["", "plugin.yaml:1:1: is empty: a package needs a name, a version and a runtime"],
    [
      `${minimal}---\n${minimal}`,
      "plugin.yaml:1:1: holds more than one document: a package has one manifest",
    ],
    ["name: a\n\tversion: 1", "plugin.yaml:2:1: tabs are not allowed as indentation"],
    ["just text", 'plugin.yaml:1:1: Invalid value: "string": must be of type object'],
  ])("refuses %j", (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test("never throws on a sound text with parts put in and cut out", () => {
    const edit = fc.tuple(fc.nat(example.length), fc.nat(30), fc.string());
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce(
          (before, [at, cut, put]) => before.slice(0, at) + put + before.slice(at + cut),
          example,
        );
        const result = parsePackageManifest(text, "plugin.yaml");
        if ("problems" in result) expect(result.problems).not.toEqual([]);
        else expect(result.manifest.runtime.main).toBeTypeOf("string");
      }),
      { numRuns: 300 },
    );
  });

  test("does not look for long at a text of nothing but unknown fields", () => {
    const unknown = Array.from({ length: 5_000 }, (_, index) => `k${index}: 1`);
    const text = ["name: a", "version: 1.0.0", "runtime: {main: x}", ...unknown].join("\n");
    const result = parsePackageManifest(text, "plugin.yaml");
    const problems = "problems" in result ? result.problems.map(formatProblem) : [];
    expect(problems).toHaveLength(1_001);
    expect(problems[0]).toContain('plugin.yaml:4:1 k0: unknown field "k0"');
    expect(problems.at(-1)).toContain("4000 more faults: mend these first");
  });
});
