import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { E2eHome, pluginObject } from "../helpers/e2e-home.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

interface Registry {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly plugins: Readonly<Record<string, { readonly version: string }>>;
}

const readRegistry = (home: E2eHome): Registry =>
  JSON.parse(readFileSync(home.path("plugins", "registry.json"), "utf8")) as Registry;

describe("installed packages", () => {
  test("lie as the architecture document draws them", async () => {
    const home = new E2eHome();
    const source = { path: fixturePackage("healthy", { version: "2.3.4" }) };
    await home.apply([pluginObject("monitor", { source })], "--wait");
    const installed = home.path("plugins", "installed", "healthy-v2.3.4");
    expect(readFileSync(join(installed, "plugin.yaml"), "utf8")).toContain("version: 2.3.4");
    expect(existsSync(join(installed, "main.mjs"))).toBe(true);
    const link = home.path("plugins", "enabled", "monitor");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(existsSync(join(link, "plugin.yaml"))).toBe(true);
    expect(readlinkSync(link)).toContain("installed");
    expect(existsSync(home.path("plugins", "configs", "monitor.json"))).toBe(true);
    expect(readFileSync(logOf(home, "monitor"), "utf8")).toContain("listening");
    expect(await home.ok("logs", "monitor")).toContain("listening");
    await home.ok("plugin", "disable", "monitor");
    await home.untilPlugin("monitor", ({ status }) => status?.phase === "Disabled");
    expect(() => lstatSync(link)).toThrow("ENOENT");
    expect(existsSync(installed)).toBe(true);
  });

  test("are shared by their plugins, and removed with the last of them", async () => {
    const home = new E2eHome();
    const source = { path: fixturePackage("healthy") };
    await home.apply([pluginObject("one", { source }), pluginObject("two", { source })], "--wait");
    const installed = home.path("plugins", "installed", "healthy-v1.0.0");
    expect(readRegistry(home).packages).toHaveLength(1);
    const two = await home.pid("two");
    await home.ok("delete", "plugin", "one");
    expect(existsSync(join(installed, "main.mjs"))).toBe(true);
    expect(Object.keys(readRegistry(home).plugins)).toEqual(["default/two"]);
    expect(await home.pid("two")).toBe(two);
    await home.ok("delete", "plugin", "two");
    expect(existsSync(installed)).toBe(false);
    expect(readRegistry(home)).toMatchObject({ packages: [], plugins: {} });
    expect(readdirSync(home.path("plugins", "enabled"))).toEqual([]);
    expect(readdirSync(home.path("plugins", "configs"))).toEqual([]);
  });

  test("are taken in anew by an apply, when their sources have changed", async () => {
    const home = new E2eHome();
    const path = fixturePackage("healthy");
    const objects = [pluginObject("edited", { source: { path } })];
    await home.apply(objects, "--wait");
    const before = await home.plugin("edited");
    writeFileSync(join(path, "more.txt"), "one more file");
    expect(await home.apply(objects, "--wait")).toContain("plugin/edited unchanged");
    const after = await home.plugin("edited");
    expect(after.status?.installed?.digest).not.toBe(before.status?.installed?.digest);
    expect(await home.pid("edited")).not.toBe(before.status?.instances?.[0]?.pid);
    expect(after.metadata.generation).toBe(before.metadata.generation);
  });

  test("of two versions run side by side", async () => {
    const home = new E2eHome();
    const of = (version: string) => ({ path: fixturePackage("healthy", { version }) });
    const objects = ["1.0.0", "2.0.0"].map((version) =>
      pluginObject(`v${version[0]}`, { source: of(version) }),
    );
    await home.apply(objects, "--wait");
    expect(readdirSync(home.path("plugins", "installed"))).toEqual(
      expect.arrayContaining(["healthy-v1.0.0", "healthy-v2.0.0"]),
    );
    expect(home.instances()).toHaveLength(2);
  });

  test.each([
    ["truncated", (path: string) => truncateSync(path, 40)],
    ["empty", (path: string) => truncateSync(path, 0)],
    ["foreign", (path: string) => writeFileSync(path, '{"version": 99, "who": "not us"}')],
  ])("are found again where registry.json is %s, and nothing restarts", async (_, damage) => {
    const home = new E2eHome();
    const source = { path: fixturePackage("healthy") };
    await home.apply([pluginObject("one", { source }), pluginObject("two", { source })], "--wait");
    const pids = await home.pids();
    const before = readRegistry(home);
    await home.ok("daemon", "stop");
    damage(home.path("plugins", "registry.json"));
    // What is installed has to do: there is nothing to install it from again.
    rmSync(source.path, { recursive: true });
    await home.startDaemon();
    await home.ready("one");
    await home.ready("two");
    expect(await home.pids()).toEqual(pids);
    const after = readRegistry(home);
    expect(Object.keys(after.plugins)).toEqual(Object.keys(before.plugins));
    expect(after.packages.map(({ name, version }) => [name, version])).toEqual([
      ["healthy", "1.0.0"],
    ]);
    expect((await home.plugins()).map(({ status }) => status?.restarts)).toEqual([0, 0]);
  });
});

function logOf(home: E2eHome, name: string): string {
  const logs = home.path("plugins", "logs");
  const found = readdirSync(logs, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isFile() && join(entry.parentPath, entry.name).includes(name),
  );
  if (found === undefined) throw new Error(`no log of ${name} in ${readdirSync(logs).join()}`);
  return join(found.parentPath, found.name);
}
