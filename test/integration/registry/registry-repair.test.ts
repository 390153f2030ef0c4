import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import { MONITOR, NEVER, OTHER, openRegistry, writePackage } from "./package-samples.ts";

/** A home in which `monitor` is enabled and `team-a/other` only installed, both from one package. */
async function usedHome(): Promise<{
  plugins: string;
  file: string;
  digest: string;
  source: string;
}> {
  const home = tempDir();
  const plugins = join(home, "plugins");
  const source = writePackage(join(home, "source"), { files: { "lib/a.js": "a" } });
  const registry = await openRegistry(plugins);
  for (const key of [MONITOR, OTHER]) {
    const options = { key, sourcePath: source, version: undefined, digest: undefined };
    await registry.install({ ...options, livingRevisions: [] }, NEVER);
  }
  await registry.enable(MONITOR);
  const digest = registry.get(MONITOR)?.installed?.digest ?? "";
  return { plugins, file: join(plugins, "registry.json"), digest, source };
}

const replaceIn = (file: string, from: string | RegExp, to: string): void =>
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));

describe("a registry that is opened", () => {
  test("says the same as before", async () => {
    const { plugins, digest } = await usedHome();
    const registry = await openRegistry(plugins);
    const installed = { name: "monitor", version: "1.0.0", digest };
    expect(registry.list()).toEqual([
      { key: MONITOR, installed, isEnabled: true },
      { key: OTHER, installed, isEnabled: false },
    ]);
  });

  test.each<[string, (file: string) => void]>([
    ["missing", (file) => rmSync(file)],
    ["empty", (file) => truncateSync(file, 0)],
    ["cut off", (file) => truncateSync(file, 100)],
    ["of another program", (file) => writeFileSync(file, '{"version":"1.0.0","plugins":{}}')],
    ["null", (file) => writeFileSync(file, "null")],
    ["hostile in a key", (file) => replaceIn(file, '"default/monitor"', '"../../../monitor"')],
    ["hostile in a prototype", (file) => replaceIn(file, '"default/monitor"', '"__proto__"')],
    ["hostile in a digest", (file) => replaceIn(file, /sha256:[0-9a-f]+/, "sha256:../../../etc")],
    ["hostile in a name", (file) => replaceIn(file, '"name": "monitor"', '"name": "../../etc"')],
    ["hostile in a version", (file) => replaceIn(file, '"1.0.0"', '"1.0.0/../.."')],
    [
      "a link",
      (file) => {
        renameSync(file, `${file}.x`);
        symlinkSync(`${file}.x`, file);
      },
    ],
  ])("with a registry.json that is %s is rebuilt from what is installed", async (name, damage) => {
    const { plugins, file, digest } = await usedHome();
    damage(file);
    const registry = await openRegistry(plugins);
    const installed = { name: "monitor", version: "1.0.0", digest };
    expect(registry.list()).toEqual([{ key: MONITOR, installed, isEnabled: true }]);
    expect(existsSync(`${file}.bad`)).toBe(name !== "missing");
    const again = await openRegistry(plugins);
    expect(again.list()).toEqual(registry.list());
  });

  test("sweeps what interrupted work has left", async () => {
    const { plugins, file, digest } = await usedHome();
    const store = join(plugins, "installed", ".store");
    const tree = join(store, digest.replace(":", "-"));
    cpSync(tree, join(store, ".tmp-0a1b2c3d"), { recursive: true });
    renameSync(join(store, ".tmp-0a1b2c3d"), join(store, ".tmp-00000001"));
    mkdirSync(join(store, ".trash-00000002"));
    writeFileSync(`${file}.tmp-00000003`, "{");
    symlinkSync("nowhere", join(plugins, "installed", ".tmp-00000004"));
    // Installed, but no user was recorded before the crash.
    const unrecorded = `sha256-${"0".repeat(64)}`;
    cpSync(tree, join(store, unrecorded), { recursive: true });
    symlinkSync(`.store/${unrecorded}`, join(plugins, "installed", "monitor-v9.9.9"));
    symlinkSync("../installed/monitor-v1.0.0", join(plugins, "enabled", "team-a.other"));
    const registry = await openRegistry(plugins);
    expect(readdirSync(store)).toEqual([digest.replace(":", "-")]);
    expect(readdirSync(join(plugins, "installed"))).toEqual([".store", "monitor-v1.0.0"]);
    expect(readdirSync(join(plugins, "enabled"))).toEqual(["monitor"]);
    expect(readdirSync(plugins).filter((name) => name.includes("tmp"))).toEqual([]);
    expect(registry.list()).toHaveLength(2);
  });

  test("puts links back that are missing or lead elsewhere", async () => {
    const { plugins } = await usedHome();
    const version = join(plugins, "installed", "monitor-v1.0.0");
    rmSync(version);
    rmSync(join(plugins, "enabled", "monitor"));
    symlinkSync("/etc", join(plugins, "enabled", "monitor"));
    await openRegistry(plugins);
    expect(readFileSync(join(plugins, "enabled", "monitor", "lib", "a.js"), "utf8")).toBe("a");
  });

  test.each<[string, (tree: string) => void]>([
    ["misses a file", (tree) => rmSync(join(tree, "lib", "a.js"))],
    ["is gone", (tree) => rmSync(tree, { recursive: true })],
    [
      "has a file that was cut off",
      (tree) => {
        rmSync(join(tree, "lib/a.js"));
        writeFileSync(join(tree, "lib/a.js"), "");
      },
    ],
    ["holds a file more", (tree) => writeFileSync(join(tree, "more"), "x")],
  ])("does not count a tree as installed that %s", async (_name, damage) => {
    const { plugins, digest, source } = await usedHome();
    damage(join(plugins, "installed", ".store", digest.replace(":", "-")));
    const registry = await openRegistry(plugins);
    expect(registry.list()).toEqual([]);
    const options = { key: MONITOR, sourcePath: source, version: undefined, digest };
    await registry.install({ ...options, livingRevisions: [] }, NEVER);
    expect((await registry.launchable(MONITOR)).identity.digest).toBe(digest);
  });

  test("does not take an altered tree for what its name says when it is rebuilt", async () => {
    const { plugins, file, digest } = await usedHome();
    const altered = join(plugins, "installed", ".store", digest.replace(":", "-"), "lib", "a.js");
    rmSync(altered);
    writeFileSync(altered, "b");
    rmSync(file);
    expect((await openRegistry(plugins)).list()).toEqual([]);
  });
});
