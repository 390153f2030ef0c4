import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allDefinitions } from "../../../../src/api/definitions.ts";
import { checkManifests } from "../../../../src/api/manifest/check.ts";
import { parseManifests } from "../../../../src/api/manifest/parse.ts";
import { formatProblem } from "../../../../src/api/manifest/problem.ts";
import { withAbsoluteSource } from "../../../../src/api/manifest/source-path.ts";
import { coreInput, pluginInput } from "../objects.ts";

function check(files: Readonly<Record<string, string>>): readonly string[] {
  const parsed = Object.entries(files).map(([file, text]) => parseManifests(text, file));
  expect(parsed.flatMap(({ problems }) => problems)).toEqual([]);
  return checkManifests(parsed, allDefinitions).map(formatProblem);
}

const head = (name: string, kind = "Plugin", version = "v1alpha1") =>
  `apiVersion: portunix.ai/${version}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  source: {path: ../x}\n`;

describe("checkManifests", () => {
  test("finds nothing wrong with sound files, and lets paths be relative", () => {
    expect(check({ "a.yaml": head("a"), "b.yaml": head("b") })).toEqual([]);
  });

  test("tells every fault of every document at its place", () => {
    const text = `${head("a")}  replcas: 3\n  dependsOn:\n  - name: b\n  - nme: c\n---\n${head("b")}  version: one\n  probes:\n    liveness: {successThreshold: 2}\n`;
    expect(check({ "a.yaml": text })).toEqual([
      'a.yaml:6:3 spec.replcas: unknown field "spec.replcas", did you mean "replicas"?',
      "a.yaml:9:5 spec.dependsOn[1].name: Required value",
      'a.yaml:9:5 spec.dependsOn[1].nme: unknown field "spec.dependsOn[1].nme", did you mean "name"?',
      'a.yaml:16:12 spec.version: Invalid value: "one": must be a range of semantic versions, such as >=1.0.0 <2',
    ]);
  });

  test("places what only the kind knows, defaults included", () => {
    const text = `${head("a")}  terminationGracePeriodSeconds: 120\n  probes:\n    liveness: {successThreshold: 2}\n`;
    expect(check({ "a.yaml": text })).toEqual([
      "a.yaml:8:34 spec.probes.liveness.successThreshold: Invalid value: 2: must be 1",
      "a.yaml:6:34 spec.terminationGracePeriodSeconds: Invalid value: 120: must be less than update.progressDeadlineSeconds (120)",
    ]);
  });

  test("places the faults of a list's items", () => {
    const text = `kind: List\nitems:\n- apiVersion: portunix.ai/v1alpha1\n  kind: Plugin\n  metadata: {name: a}\n  spec: {source: {path: x}, replicas: "1"}\n`;
    expect(check({ "a.yaml": text })).toEqual([
      'a.yaml:6:39 spec.replicas: Invalid value: "string": must be of type integer',
    ]);
  });

  test("hints at the kind or the version that was meant", () => {
    const files = {
      "a.yaml": head("a", "Plugn"),
      "b.yaml": head("b", "Plugin", "v1"),
      "c.yaml": head("c", "Zebra"),
    };
    expect(check(files)).toEqual([
      'a.yaml:2:7 kind: no matches for kind "Plugn" in version "portunix.ai/v1alpha1", did you mean "Plugin"?',
      'b.yaml:1:13 apiVersion: no matches for kind "Plugin" in version "portunix.ai/v1", did you mean "portunix.ai/v1alpha1"?',
      'c.yaml:2:7 kind: no matches for kind "Zebra" in version "portunix.ai/v1alpha1"',
    ]);
  });

  test("names both places of an object that is defined twice", () => {
    const other = head("a").replace("{name: a}", "{name: a, namespace: other}");
    const files = { "a.yaml": `# first\n${head("a")}`, "b.yaml": other, "c.yaml": head("a") };
    expect(check(files)).toEqual([
      "c.yaml:3:18 metadata.name: Plugin default/a is already defined at a.yaml:2:1: remove one of the two",
    ]);
  });

  test("never throws on what parseManifests lets through", () => {
    const member = fc.constantFrom("source", "path", "replicas", "probes", "dependsOn", "labels");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 2 }),
        fc.dictionary(fc.oneof(member, fc.string()), tie("tree"), { maxKeys: 5 }),
        fc.array(tie("tree"), { maxLength: 5 }),
      ),
    }));
    const kinds = fc.constantFrom(...allDefinitions.map(({ kind }) => kind));
    fc.assert(
      fc.property(kinds, tree, tree, (kind, spec, more) => {
        const apiVersion = kind === "Plugin" ? "portunix.ai/v1alpha1" : "v1";
        const metadata = { name: "a", labels: more };
        const text = JSON.stringify({ apiVersion, kind, metadata, spec, data: more });
        const file = parseManifests(text, "a.json");
        for (const problem of checkManifests([file], allDefinitions))
          expect(problem.line).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe("withAbsoluteSource", () => {
  test("makes the path of a Plugin's source absolute, and keeps the rest", () => {
    const input = pluginInput({ source: { path: "./x" }, replicas: 2 });
    expect(withAbsoluteSource(input, (path) => `/base/${path}`)).toEqual(
      pluginInput({ source: { path: "/base/./x" }, replicas: 2 }),
    );
    expect(input).toEqual(pluginInput({ source: { path: "./x" }, replicas: 2 }));
  });

  test.each([
    coreInput("Secret"),
    coreInput("Plugin", { spec: { source: { path: "x" } } }),
    pluginInput({ source: null }),
    pluginInput({ source: { path: 5 } }),
    { ...pluginInput(), spec: null },
  ])("leaves %j alone", (input) => {
    expect(withAbsoluteSource(input, () => "/changed")).toBe(input);
  });
});
