import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { pluginDefinition } from "../../src/api/plugin-definition.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { type ApiOnlyDaemon, startApiOnlyDaemon } from "./api-only-daemon.ts";
import { runCli } from "./run-cli.ts";

const plugin = (name: string, more = "") =>
  `apiVersion: portunix.ai/v1alpha1\nkind: Plugin\nmetadata: {name: ${name}}\nspec:\n  source: {path: ./pkg}\n${more}`;

describe("against the API", () => {
  let home: string;
  let daemon: ApiOnlyDaemon;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "ptx-"));
    daemon = await startApiOnlyDaemon(home);
  });
  afterAll(async () => {
    await daemon.close();
    rmSync(home, { recursive: true, force: true });
  });
  const cli = (args: readonly string[], stdin?: string) =>
    runCli(args, stdin === undefined ? { home } : { home, stdin });
  const apply = (text: string, ...args: string[]) => cli(["apply", "-f", "-", ...args], text);

  test("applies, and does nothing the second time", async () => {
    const text = plugin("twice", "  dependsOn: [{name: other}]\n");
    expect(await apply(text, "--dry-run")).toMatchObject({
      code: 0,
      stdout: "plugin/twice created (server dry run)\n",
    });
    expect(await apply(text)).toMatchObject({ code: 0, stdout: "plugin/twice created\n" });
    const version = daemon.store.resourceVersion();
    expect(await apply(text)).toMatchObject({ code: 0, stdout: "plugin/twice unchanged\n" });
    expect(daemon.store.resourceVersion()).toBe(version);
    const changed = await apply(plugin("twice", "  replicas: 2\n"));
    expect(changed.stdout).toBe("plugin/twice configured\n");
    const live = daemon.store.get(pluginDefinition, "default", "twice");
    expect(live?.spec).toMatchObject({ replicas: 2 });
    expect(live?.spec).not.toHaveProperty("dependsOn");
  });

  test("applies nothing when anything is wrong, and says all of it with its place", async () => {
    const directory = tempDir();
    const broken = plugin("bad", "  replicas: many\n  dependOn: []\n");
    writeFileSync(join(directory, "a.yaml"), `${plugin("good")}---\n${broken}`);
    const version = daemon.store.resourceVersion();
    const result = await cli(["apply", "-f", directory]);
    expect(result).toMatchObject({ code: 65, stdout: "" });
    expect(result.stderr).toContain(`${directory}/a.yaml:12:13 spec.replicas: `);
    expect(result.stderr).toContain(`${directory}/a.yaml:13:3 spec.dependOn: unknown field`);
    expect(result.stderr).toContain("nothing was applied");
    expect(daemon.store.resourceVersion()).toBe(version);
  });

  test("refuses two definitions of one object, naming both places", async () => {
    const result = await apply(`${plugin("one")}---\n${plugin("one")}`);
    expect(result.code).toBe(65);
    expect(result.stderr).toMatch(
      /<stdin>:9:\d+ metadata\.name: .*is already defined at <stdin>:1:1/,
    );
  });

  test("makes source paths absolute from the manifest's directory", async () => {
    const directory = tempDir();
    mkdirSync(join(directory, "sub"));
    writeFileSync(join(directory, "sub", "p.yaml"), plugin("placed"));
    expect((await cli(["apply", "-R", "-f", directory])).code).toBe(0);
    const live = daemon.store.get(pluginDefinition, "default", "placed");
    expect(live?.spec).toMatchObject({ source: { path: join(directory, "sub", "pkg") } });
  });

  test("takes the parsed text of a large manifest from its cache, and still finds the place of a fault", async () => {
    const directory = tempDir();
    const file = join(directory, "large.yaml");
    const many = Array.from({ length: 40 }, (_, index) => plugin(`large-${index}`)).join("---\n");
    writeFileSync(file, many);
    expect((await cli(["apply", "-f", file])).stdout.match(/created/g)).toHaveLength(40);
    const again = await cli(["apply", "-f", file]);
    expect(again.stdout.match(/unchanged/g)).toHaveLength(40);
    const faulty = many.replace("{path: ./pkg}", "{path: ./pkg}\n  replicas: -1");
    writeFileSync(file, faulty);
    const first = await cli(["apply", "-f", file]);
    expect(first.stderr).toContain(`${file}:6:13 spec.replicas`);
    expect((await cli(["apply", "-f", file])).stderr).toBe(first.stderr);
  });

  test("shows an object, a list, names and a table", async () => {
    await apply(plugin("shown"));
    const one: unknown = JSON.parse((await cli(["get", "plugin", "shown", "-o", "json"])).stdout);
    expect(one).toMatchObject({ kind: "Plugin", metadata: { name: "shown" } });
    const list: unknown = JSON.parse((await cli(["get", "plugins", "-o", "json"])).stdout);
    expect(list).toMatchObject({ kind: "List", apiVersion: "v1", items: expect.any(Array) });
    expect((await cli(["get", "plugin/shown", "-o", "name"])).stdout).toBe("plugin/shown\n");
    expect((await cli(["get", "plugin/shown", "-o", "yaml"])).stdout).toContain("\nkind: Plugin\n");
    expect((await cli(["get", "plg", "shown"])).stdout).toMatch(/^NAME +READY .*\nshown +/);
    expect((await cli(["get", "plg", "shown", "--no-headers"])).stdout).toMatch(/^shown +/);
    expect((await cli(["get", "plugins", "-A"])).stdout).toMatch(/^NAMESPACE +NAME /);
  });

  test("says what is not there", async () => {
    const some = await cli(["get", "plugin", "nothing", "-o", "json"]);
    expect(some).toMatchObject({ code: 66, stdout: "" });
    expect(some.stderr).toBe(
      'Error: plugins.portunix.ai "nothing" not found; see: portunix get plugins\n',
    );
    const none = await cli(["get", "secrets"]);
    expect(none).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "No resources found in default namespace.\n",
    });
  });

  test("shows in diff what apply would change, by its exit status too", async () => {
    await apply(plugin("compared"));
    const changed = await cli(["diff", "-f", "-"], plugin("compared", "  replicas: 3\n"));
    expect(changed.code).toBe(1);
    expect(changed.stdout).toContain("--- live/plugin/compared\n+++ wanted/plugin/compared\n");
    expect(changed.stdout).toContain("\n-  replicas: 1\n+  replicas: 3\n");
    const isNew = await cli(["diff", "-f", "-"], plugin("brand-new"));
    expect(isNew).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("\n+  name: brand-new\n"),
    });
    const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\ndata: {a: b}\n";
    await apply(config);
    expect(await cli(["diff", "-f", "-"], config)).toMatchObject({ code: 0, stdout: "" });
    expect((await cli(["diff", "-f", "-"], "a: [")).code).toBe(65);
  });

  test("waits: met, time is up, not there", async () => {
    await apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: waited}\ndata: {a: b}\n");
    expect(await cli(["wait", "cm/waited", "--for=jsonpath={.data.a}=b"])).toMatchObject({
      code: 0,
    });
    expect(
      await cli(["wait", "cm/waited", "--for=jsonpath={.data.a}=c", "--timeout=0"]),
    ).toMatchObject({ code: 3 });
    expect(await cli(["wait", "plugin/never-was", "--timeout=0"])).toMatchObject({ code: 66 });
    expect(await cli(["wait", "plugin/never-was", "--for=delete"])).toMatchObject({ code: 0 });
  });

  test("deletes by name, by label and from a file", async () => {
    const map = (name: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {of: delete}}\n`;
    await apply(["d1", "d2", "d3"].map(map).join("---\n"));
    expect((await cli(["delete", "cm", "d1"])).stdout).toBe("configmap/d1 deleted\n");
    expect((await cli(["delete", "cm", "d1"])).code).toBe(66);
    expect((await cli(["delete", "cm", "d1", "--ignore-not-found"])).code).toBe(0);
    expect((await cli(["delete", "-f", "-"], map("d2"))).stdout).toBe("configmap/d2 deleted\n");
    expect((await cli(["delete", "cm", "-l", "of=delete"])).stdout).toBe("configmap/d3 deleted\n");
    await apply(plugin("held"));
    const held = await cli(["delete", "plugin/held", "--wait=false"]);
    expect(held).toMatchObject({ code: 0, stdout: "plugin/held is being deleted\n" });
    expect((await cli(["delete", "plugin/held", "--timeout=50ms"])).code).toBe(3);
  });

  test("tells by the exit status of status what is so", async () => {
    await apply(plugin("pending"));
    const result = await cli(["status", "--exit-code", "-o", "json"]);
    expect(result.code).toBe(10);
    expect(JSON.parse(result.stdout)).toMatchObject({ code: 10, plugins: expect.any(Array) });
    expect((await cli(["status"])).code).toBe(0);
  });

  test("tells who the daemon is", async () => {
    const { stdout } = await cli(["daemon", "status", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ pid: process.pid, home, version: "0.0.0" });
    expect((await cli(["version"])).stdout).toMatch(/^client \d.*\ndaemon 0\.0\.0 \(pid \d+\)\n$/);
  });

  test("ends quietly when nobody reads on", async () => {
    const { spawn } = await import("node:child_process");
    const { CLI } = await import("./run-cli.ts");
    const child = spawn(process.execPath, [CLI, "get", "plugins", "-w"], {
      env: { ...process.env, PORTUNIX_HOME: home },
    });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.destroy();
    const closed = new Promise((resolve) => child.on("close", resolve));
    await apply(plugin("unread"));
    await closed;
    expect(stderr).toBe("");
  });
});

describe("without a daemon", () => {
  test("says how to start one, with the right status", async () => {
    const home = tempDir();
    const result = await runCli(["get", "plugins"], { home, env: { PORTUNIX_AUTOSTART: "1" } });
    expect(result).toMatchObject({ code: 69, stdout: "" });
    expect(result.stderr).toBe(
      `Error: no daemon is running for ${home}; start one with: portunix daemon start\n`,
    );
    expect((await runCli(["status", "--exit-code"], { home })).code).toBe(2);
    expect((await runCli(["apply", "-f", "-"], { home, stdin: plugin("a") })).code).toBe(69);
  });

  test("validates: manifests, packages and configuration, each fault at its place", async () => {
    const directory = tempDir();
    const file = join(directory, "m.yaml");
    mkdirSync(join(directory, "pkg"));
    const manifest =
      "name: pkg\nversion: 1.0.0\ntype: service\nruntime: {language: node, main: main.mjs}\n";
    writeFileSync(
      join(directory, "pkg", "plugin.yaml"),
      `${manifest}configuration: {required: {port: {type: integer}}}\n`,
    );
    writeFileSync(file, plugin("a", "  config: {port: high}\n  sorce: {}\n"));
    const result = await runCli(["validate", "-f", file], { home: directory });
    expect(result).toMatchObject({ code: 65, stdout: "" });
    expect(result.stderr).toContain(`${file}:6:18 spec.config.port: `);
    expect(result.stderr).toContain(
      `${file}:7:3 spec.sorce: unknown field "spec.sorce", did you mean "source"?`,
    );
    writeFileSync(file, plugin("a", "  config: {port: 80}\n"));
    expect(await runCli(["validate", "-f", file], { home: directory })).toMatchObject({
      code: 0,
      stdout: "1 object is valid\n",
    });
    writeFileSync(file, plugin("a").replace("./pkg", "./none"));
    const missing = await runCli(["validate", "-f", file], { home: directory });
    expect(missing.stderr).toContain(
      `${file}:5:18 spec.source.path: there is no ${directory}/none/plugin.yaml`,
    );
  });

  test.each([
    [["gte", "plugins"], 2, "did you mean: portunix get"],
    [["plugin", "instal"], 2, "did you mean: portunix plugin install"],
    [["get"], 2, "name a type"],
    [["get", "plugns"], 2, 'did you mean "plugins"'],
    [["get", "plugins", "--no-such-flag"], 2, "--no-such-flag"],
    [["get", "plugins", "-o", "xml"], 2, '"xml"'],
    [["apply", "-f", "/no/such/file.yaml"], 66, "/no/such/file.yaml"],
    [["apply"], 2, "-f FILE"],
    [["wait", "plugin/a", "--for=sunrise"], 2, "condition=Ready"],
  ])("refuses %j with status %d and a hint", async (args, code, hint) => {
    const result = await runCli(args, { home: tempDir() });
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(hint);
    expect(result.stderr).toMatch(/^Error: /);
  });

  test("helps", async () => {
    const home = tempDir();
    const whole = await runCli(["--help"], { home });
    expect(whole.stdout).toContain("apply");
    expect((await runCli(["plugin"], { home })).stdout).toContain("plugin install");
    expect((await runCli(["get", "-h"], { home })).stdout).toContain("--selector");
    expect((await runCli(["help", "apply"], { home })).stdout).toContain("--dry-run");
    expect((await runCli(["--version"], { home })).stdout).toMatch(/^portunix\/\d/);
  });
});
