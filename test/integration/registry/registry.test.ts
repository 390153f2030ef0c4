import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import type { ObjectKey } from "../../../src/api/key.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import { MONITOR, NEVER, OTHER, openRegistry, writePackage } from "./package-samples.ts";

interface Home {
  readonly plugins: string;
  readonly source: string;
  readonly registry: Registry;
}

async function newHome(): Promise<Home> {
  const home = tempDir();
  const plugins = join(home, "plugins");
  const source = writePackage(join(home, "source"), { files: { "lib/a.js": "a" } });
  return { plugins, source, registry: await openRegistry(plugins) };
}

async function install(
  { registry, source }: Home,
  key: ObjectKey = MONITOR,
  more: {
    readonly version?: string;
    readonly digest?: string;
    readonly livingRevisions?: string[];
  } = {},
): Promise<void> {
  const { version, digest, livingRevisions = [] } = more;
  await registry.install({ key, sourcePath: source, version, digest, livingRevisions }, NEVER);
}

const trees = ({ plugins }: Home): string[] => readdirSync(join(plugins, "installed", ".store"));
const versions = ({ plugins }: Home): string[] =>
  readdirSync(join(plugins, "installed")).filter((name) => name !== ".store");
const digestOf = (home: Home, key = MONITOR): string | undefined =>
  home.registry.get(key)?.installed?.digest;

describe("Registry", () => {
  test("lays packages out as the architecture document says", async () => {
    const home = await newHome();
    await install(home);
    await home.registry.enable(MONITOR);
    const { plugins, source } = home;
    expect(readdirSync(plugins).toSorted()).toEqual(
      ["configs", "enabled", "installed", "logs", "registry.json"].toSorted(),
    );
    const enabled = join(plugins, "enabled", "monitor");
    expect(readlinkSync(enabled)).toBe("../installed/monitor-v1.0.0");
    expect(readFileSync(join(enabled, "lib/a.js"), "utf8")).toBe("a");
    const { digest } = await home.registry.resolve(source);
    expect(readlinkSync(join(plugins, "installed/monitor-v1.0.0"))).toBe(
      `.store/${digest.replace(":", "-")}`,
    );
    expect((await home.registry.launchable(MONITOR)).directory).toBe(realpathSync(enabled));
  });

  test("keeps what is installed from being written to, and its own file from being read", async () => {
    const home = await newHome();
    chmodSync(join(home.source, "lib/a.js"), 0o666);
    await install(home);
    const { directory } = await home.registry.launchable(MONITOR);
    expect(statSync(join(directory, "lib/a.js")).mode & 0o777).toBe(0o444);
    expect(statSync(join(directory, "main")).mode & 0o777).toBe(0o555);
    expect(statSync(join(home.plugins, "registry.json")).mode & 0o777).toBe(0o600);
    expect(statSync(home.plugins).mode & 0o777).toBe(0o700);
  });

  test("tells nothing at a path, a path without a package, and a broken package apart", async () => {
    const { registry, source, plugins } = await newHome();
    mkdirSync(join(plugins, "..", "empty"));
    writeFileSync(join(source, "..", "notes.txt"), "x");
    const failure = async (path: string): Promise<unknown> =>
      registry.resolve(path).catch((error: unknown) => error);
    expect(await failure("/nowhere/at/all")).toMatchObject({ code: "PackageNotFound" });
    expect(await failure(join(plugins, "..", "empty"))).toMatchObject({ code: "PackageNotFound" });
    expect(await failure(join(source, "..", "notes.txt"))).toMatchObject({
      code: "PackageInvalid",
    });
    expect(await failure(join(plugins, ".."))).toMatchObject({ code: "PackageInvalid" });
    writeFileSync(join(source, "plugin.yaml"), "name: Bad Name\nversion: x\nruntime: {}\n");
    const broken = await failure(source);
    expect(broken).toMatchObject({ code: "PackageInvalid" });
    const lines = (broken as Error).message.split("\n");
    for (const line of [1, 2, 3]) {
      expect(lines).toContainEqual(expect.stringContaining(`${source}/plugin.yaml:${line}:`));
    }
  });

  test("reads a manifest that it refused again only when the package has changed", async () => {
    const { registry, source } = await newHome();
    const failure = (): Promise<unknown> =>
      registry.resolve(source).catch((error: unknown) => error);
    const manifest = readFileSync(join(source, "plugin.yaml"));
    writeFileSync(join(source, "plugin.yaml"), "name: Bad Name\n");
    const first = await failure();
    expect(first).toMatchObject({ code: "PackageInvalid" });
    expect(await failure()).toBe(first);
    writeFileSync(join(source, "plugin.yaml"), "name: Another Bad Name\n");
    expect(await failure()).not.toBe(first);
    writeFileSync(join(source, "plugin.yaml"), manifest);
    expect(await failure()).not.toBeInstanceOf(Error);
  });

  test("refuses a manifest that is huge, a link, or no text", async () => {
    const { registry, source } = await newHome();
    const manifest = join(source, "plugin.yaml");
    const refused = { code: "PackageInvalid" };
    writeFileSync(manifest, "#".repeat(1024 * 1024 + 1));
    await expect(registry.resolve(source)).rejects.toMatchObject(refused);
    writeFileSync(manifest, Buffer.from([0xff, 0xfe, 0x00, 0x41]));
    await expect(registry.resolve(source)).rejects.toMatchObject(refused);
    rmSync(manifest);
    symlinkSync("lib/a.js", manifest);
    await expect(registry.resolve(source)).rejects.toMatchObject(refused);
    rmSync(manifest);
    execFileSync("mkfifo", [manifest]);
    await expect(registry.resolve(source)).rejects.toMatchObject(refused);
  });

  test("installs what was asked for, or nothing", async () => {
    const home = await newHome();
    const { digest } = await home.registry.resolve(home.source);
    await expect(install(home, MONITOR, { version: ">=2" })).rejects.toMatchObject({
      code: "VersionMismatch",
      message: expect.stringContaining("1.0.0"),
    });
    appendFileSync(join(home.source, "lib/a.js"), "b");
    await expect(install(home, MONITOR, { digest })).rejects.toMatchObject({ code: "Conflict" });
    expect(home.registry.list()).toEqual([]);
    expect(trees(home)).toEqual([]);
    await install(home, MONITOR, { version: ">=1 <2" });
    expect(trees(home)).toHaveLength(1);
  });

  test("gives up between two files when told to, and leaves nothing", async () => {
    const home = await newHome();
    const options = { key: MONITOR, sourcePath: home.source, version: undefined };
    const gone = AbortSignal.abort(new Error("given up"));
    await expect(
      home.registry.install({ ...options, digest: undefined, livingRevisions: [] }, gone),
    ).rejects.toThrow("given up");
    expect(trees(home)).toEqual([]);
  });

  test("shares the files of one package, and removes them with the last user", async () => {
    const home = await newHome();
    await Promise.all([install(home), install(home, OTHER)]);
    expect(trees(home)).toHaveLength(1);
    await home.registry.enable(OTHER);
    await home.registry.uninstall(MONITOR);
    expect(digestOf(home, OTHER)).toBeDefined();
    expect(existsSync(join(home.plugins, "enabled", "team-a.other", "main"))).toBe(true);
    await home.registry.uninstall(OTHER);
    expect([trees(home), versions(home), readdirSync(join(home.plugins, "enabled"))]).toEqual([
      [],
      [],
      [],
    ]);
    await home.registry.uninstall(OTHER);
  });

  test("keeps two contents of one version side by side", async () => {
    const home = await newHome();
    await install(home);
    const old = digestOf(home) ?? "";
    appendFileSync(join(home.source, "lib/a.js"), "b");
    await install(home, OTHER);
    expect(digestOf(home)).toBe(old);
    expect(trees(home)).toHaveLength(2);
    const link = join(home.plugins, "installed/monitor-v1.0.0");
    expect(readFileSync(join(link, "lib/a.js"), "utf8")).toBe("ab");
    await home.registry.uninstall(OTHER);
    expect(readFileSync(join(link, "lib/a.js"), "utf8")).toBe("a");
  });

  test("keeps what living instances run until they have ended, over a restart too", async () => {
    const home = await newHome();
    await install(home);
    const old = (await home.registry.launchable(MONITOR)).directory;
    writePackage(home.source, { version: "1.1.0" });
    await install(home, MONITOR, { livingRevisions: ["r1", "r2"] });
    expect(home.registry.get(MONITOR)?.installed?.version).toBe("1.1.0");
    await home.registry.release(MONITOR, ["r2", "r3"]);
    const reopened = await openRegistry(home.plugins);
    expect(existsSync(join(old, "main"))).toBe(true);
    await reopened.release(MONITOR, ["r3"]);
    expect(existsSync(old)).toBe(false);
    expect(trees(home)).toHaveLength(1);
  });

  test("changes nothing when asked for what is so already", async () => {
    const home = await newHome();
    await install(home);
    await home.registry.enable(MONITOR);
    const before = statSync(join(home.plugins, "registry.json")).ino;
    await install(home, MONITOR, { digest: digestOf(home) ?? "" });
    await home.registry.enable(MONITOR);
    expect(statSync(join(home.plugins, "registry.json")).ino).toBe(before);
    await home.registry.disable(MONITOR);
    await home.registry.disable(MONITOR);
    expect(readdirSync(join(home.plugins, "enabled"))).toEqual([]);
  });

  test("needs no source for content that is here", async () => {
    const home = await newHome();
    await install(home);
    rmSync(home.source, { recursive: true });
    await install(home, OTHER, { digest: digestOf(home) ?? "" });
    expect(digestOf(home, OTHER)).toBe(digestOf(home));
  });

  test("installs anew what was altered", async () => {
    const home = await newHome();
    await install(home);
    const digest = digestOf(home) ?? "";
    const { directory } = await home.registry.launchable(MONITOR);
    chmodSync(join(directory, "lib/a.js"), 0o644);
    writeFileSync(join(directory, "lib/a.js"), "X");
    await install(home, MONITOR, { digest });
    expect(readFileSync(join(directory, "lib/a.js"), "utf8")).toBe("a");
  });

  test("starts nothing from files that are not whole, and says that they are not installed", async () => {
    const home = await newHome();
    await install(home);
    const { directory } = await home.registry.launchable(MONITOR);
    rmSync(join(directory, "lib"), { recursive: true });
    await expect(home.registry.launchable(MONITOR)).rejects.toMatchObject({ code: "Conflict" });
    expect(digestOf(home)).toBeUndefined();
    await install(home);
    expect((await home.registry.launchable(MONITOR)).directory).toBe(directory);
  });

  test("sees files and links that were taken away", async () => {
    const home = await newHome();
    await install(home);
    await install(home, OTHER);
    await home.registry.enable(MONITOR);
    await home.registry.enable(OTHER);
    rmSync(join(home.plugins, "enabled", "monitor"));
    await home.registry.refresh();
    expect(home.registry.list().map(({ isEnabled }) => isEnabled)).toEqual([false, true]);
    rmSync(join(home.plugins, "installed"), { recursive: true });
    await home.registry.refresh();
    expect([digestOf(home), digestOf(home, OTHER)]).toEqual([undefined, undefined]);
    await install(home);
    expect((await home.registry.launchable(MONITOR)).identity.version).toBe("1.0.0");
  });

  test("moves aside, and never removes, what is not its own", async () => {
    const home = await newHome();
    const link = join(home.plugins, "installed", "monitor-v1.0.0");
    mkdirSync(link);
    writeFileSync(join(link, "mine"), "keep");
    await install(home);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const aside = versions(home).find((name) => name.includes(".replaced-")) ?? "";
    expect(readFileSync(join(home.plugins, "installed", aside, "mine"), "utf8")).toBe("keep");
  });

  test("tells nothing that is not on disk", async () => {
    const home = await newHome();
    await install(home);
    const file = join(home.plugins, "registry.json");
    renameSync(file, `${file}.aside`);
    mkdirSync(join(file, "in-the-way"), { recursive: true });
    await expect(install(home, OTHER)).rejects.toMatchObject({ code: "StorageFailed" });
    expect(home.registry.list().map(({ key }) => key)).toEqual([MONITOR]);
    rmSync(file, { recursive: true });
    await install(home, OTHER);
    expect(home.registry.list().map(({ key }) => key)).toEqual([MONITOR, OTHER]);
    expect(readdirSync(home.plugins).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  test("never takes away what another plugin begins to use", async () => {
    const home = await newHome();
    const { registry } = home;
    for (let round = 0; round < 20; round += 1) {
      await install(home);
      await Promise.all([install(home, OTHER), registry.uninstall(MONITOR)]);
      expect((await registry.launchable(OTHER)).identity.version).toBe("1.0.0");
      expect(existsSync(join(home.plugins, "installed", "monitor-v1.0.0", "main"))).toBe(true);
      await registry.uninstall(OTHER);
      expect(trees(home)).toEqual([]);
    }
  });
});
