import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { E2eHome } from "../helpers/e2e-home.ts";
import { fixturePlugin } from "./hard-times-kit.ts";

const HEAD = "apiVersion: portunix.ai/v1alpha1\nkind: Plugin\n";
const MEBIBYTE = 1024 * 1024;

function plugin(name: string, spec = ""): string {
  return `${HEAD}metadata: {name: ${name}}\nspec:\n  source: {path: /p}\n${spec}`;
}

function bomb(): string {
  const names = "abcdefghi".split("");
  const levels = names.map((name, index) => {
    const value = index === 0 ? "x" : `*${names[index - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => value).join(", ")}]`;
  });
  return levels.join("\n");
}

const home = new E2eHome(afterAll);
let before: unknown;

/** What must be as it was, whatever was refused: the object and the process of the healthy plugin. */
async function state(): Promise<unknown> {
  const plugins = await home.plugins();
  return plugins.map(({ metadata, spec, status }) => ({
    uid: metadata.uid,
    generation: metadata.generation,
    spec,
    ready: status?.readyReplicas,
    pid: status?.instances?.[0]?.pid,
  }));
}

beforeAll(async () => {
  await home.apply([fixturePlugin(home, "healthy")], "--wait");
  before = await state();
});

/** Applies, and sees all of it refused; that nothing changed is looked at once, at the end. */
async function refusal(path: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await home.run(["apply", "-f", path, ...args]);
  expect({ status, stdout }, stderr).toEqual({ status: 65, stdout: "" });
  expect(stderr).toMatch(/^Error: .*nothing was applied/);
  expect(stderr).not.toMatch(/^ {4}at /m);
  return stderr;
}

describe("a manifest is refused as a whole, with file, line and column", () => {
  test.each([
    [
      "a typo in a field",
      plugin("a", "  replcas: 2\n"),
      /bad\.yaml:6:3 spec\.replcas: unknown field .*did you mean "replicas"/,
    ],
    ["a wrong type", plugin("a", "  replicas: two\n"), /bad\.yaml:6:13 spec\.replicas: .*integer/],
    ["a wrong value", plugin("a", "  desiredState: Up\n"), /bad\.yaml:6:17 .*"Running"/],
    ["a bad name", plugin("A_b"), /bad\.yaml:3:18 metadata\.name: .*"A_b".*RFC 1123/],
    [
      "a kind with a typo",
      plugin("a").replace("Plugin", "Plugn"),
      /bad\.yaml:2:7 kind: .*"Plugn".*did you mean "Plugin"/,
    ],
    [
      "another version",
      plugin("a").replace("v1alpha1", "v9"),
      /bad\.yaml:1:13 apiVersion: .*did you mean "portunix\.ai\/v1alpha1"/,
    ],
    ["a YAML bomb", bomb(), /bad\.yaml:5:8 .*aliases stand for more than/],
    ["tabs", `${HEAD}metadata:\n\tname: a\n`, /bad\.yaml:4:1: tabs are not allowed as indentation/],
    ["a NUL", `${HEAD}metadata: {name: a}\n\0\n`, /bad\.yaml:4:1: holds a NUL character/],
    [
      "__proto__ keys",
      `${plugin("a", "  __proto__: {x: 1}\n")}__proto__: {polluted: true}\n`,
      /bad\.yaml:6:3 spec\.__proto__: .*[^]*bad\.yaml:7:1 __proto__: a field may not be named/,
    ],
    ["broken YAML", `${HEAD}metadata: {name: a\n`, /bad\.yaml:\d+:\d+: .*flow/],
    ["an empty file", "", /bad\.yaml: no object in it; .*apiVersion, kind, metadata and spec/],
    ["comments only", "# none\n---\n", /bad\.yaml: no object in it/],
    ["a list instead of an object", "- a\n- b\n", /bad\.yaml:1:1/],
  ])("%s", async (_, text, said) => {
    expect(await refusal(home.write("bad.yaml", text))).toMatch(said);
  });

  test.each([
    ["10 MB", Buffer.alloc(10 * MEBIBYTE, "a"), /bad\.yaml:1:1: larger than 4 MiB: split it/],
    [
      "what is not UTF-8",
      Buffer.concat([Buffer.from(HEAD), Buffer.from([0xff, 0xfe])]),
      /bad\.yaml:3:1: is not UTF-8: save it as UTF-8/,
    ],
  ])("%s", async (_, bytes, said) => {
    const path = home.write("bad.yaml", "");
    writeFileSync(path, bytes);
    expect(await refusal(path)).toMatch(said);
  });
});

test("every fault of every document is told at once, and no good document is applied", async () => {
  const text = [
    plugin("good"),
    plugin("one", "  replcas: 2\n  desiredState: 7\n"),
    plugin("two").replace("Plugin", "Plugn"),
    plugin("three", "  dependsOn: [{nmae: one}]\n"),
  ].join("---\n");
  const said = await refusal(home.write("many.yaml", text));
  const places = [...said.matchAll(/many\.yaml:(\d+:\d+) (\S+):/g)].map(([, at, path]) => [
    at,
    path,
  ]);
  expect(said).toMatch(/problems in the manifests/);
  expect(places).toEqual(
    expect.arrayContaining([
      ["12:3", "spec.replcas"],
      ["13:17", "spec.desiredState"],
      ["16:7", "kind"],
      ["26:16", "spec.dependsOn[0].nmae"],
    ]),
  );
});

test("an object defined twice is told with both places, within a file and across files", async () => {
  const twice = home.write("twice.yaml", `${plugin("a")}---\n${plugin("a")}`);
  expect(await refusal(twice)).toMatch(/twice\.yaml:9:18 metadata\.name: .*twice\.yaml:1:1/);
  const first = home.write("first.yaml", plugin("a"));
  const second = home.write("second.yaml", plugin("a"));
  expect(await refusal(first, "-f", second)).toMatch(/second\.yaml:3:18 .*first\.yaml:1:1/);
});

test("a directory with one broken file is not applied at all", async () => {
  home.write("mixed/a.yaml", plugin("good"));
  home.write("mixed/b.yaml", "kind: [");
  expect(await refusal(join(home.root, "mixed"))).toMatch(/mixed\/b\.yaml:1:8/);
});

test("a directory whose files lie deeper names -R, which then reads them", async () => {
  home.write("deep/er/a.yaml", "kind: [");
  const { status, stderr } = await home.run(["apply", "-f", "deep"]);
  expect(status).toBe(66);
  expect(stderr).toMatch(/^Error: deep holds no \.yaml.*-R looks in its subdirectories too/);
  expect(await refusal("deep", "-R")).toMatch(/deep\/er\/a\.yaml:1:8/);
});

test("what cannot be read is named: no -f, no file, an empty directory", async () => {
  mkdirSync(join(home.root, "empty"));
  const results = await Promise.all([
    home.run(["apply"]),
    home.run(["apply", "-f", "nowhere.yaml"]),
    home.run(["apply", "-f", "empty", "-R"]),
  ]);
  expect(results.map(({ status }) => status)).toEqual([2, 66, 66]);
  expect(results[0]?.stderr).toMatch(/-f FILE/);
  expect(results[1]?.stderr).toMatch(/cannot read nowhere\.yaml: there is no such file/);
  expect(results[2]?.stderr).toMatch(/empty holds no \.yaml/);
});

test("standard input is checked like a file", async () => {
  const { status, stderr } = await home.run(["apply", "-f", "-"], {
    input: plugin("a", "  replcas: 2\n"),
  });
  expect(status).toBe(65);
  expect(stderr).toMatch(/<stdin>:6:3 spec\.replcas: unknown field/);
});

test("after all that what was there is there, and runs on in the same process", async () => {
  expect(await state()).toEqual(before);
});
