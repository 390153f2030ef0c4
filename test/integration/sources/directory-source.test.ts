import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { manifest, put, replaceFile, swapData, watchDirectory } from "./harness.ts";

/** Quick probes for what has no watch; rescans only where a test asks for them. */
const QUICK = { timing: { probeMs: 20 } };

describe("DirectorySource", () => {
  test("gives a first complete snapshot with absolute paths and places", async () => {
    const directory = tempDir();
    put(directory, "a.yaml", `# a\n---\n${manifest("a")}`);
    put(directory, "sub/b.json", manifest("b"));
    const watched = await watchDirectory({ directory });
    expect(watched.snapshots).toHaveLength(1);
    expect(watched.last()).toMatchObject({
      sourceId: `directory:${directory}`,
      complete: true,
      reason: "",
      files: 2,
      problems: [],
    });
    expect(watched.last()?.documents).toMatchObject([
      {
        ref: { kind: "Plugin", namespace: "default", name: "a" },
        object: { spec: { source: { path: join(directory, "plugins/a") } } },
        file: join(directory, "a.yaml"),
        line: 3,
      },
      { object: { spec: { source: { path: join(directory, "sub/plugins/b") } } } },
    ]);
  });

  test("sees a file written, edited, replaced by rename, renamed and deleted", async () => {
    const watched = await watchDirectory();
    const { directory } = watched;
    put(directory, "a.yaml", manifest("a"));
    await eventually(() => expect(watched.names()).toEqual(["a"]));
    put(directory, "a.yaml", manifest("a", { replicas: 2 }));
    await eventually(() =>
      expect(watched.last()?.documents[0]?.object.spec).toMatchObject({ replicas: 2 }),
    );
    replaceFile(directory, "a.yaml", manifest("b"));
    await eventually(() => expect(watched.names()).toEqual(["b"]));
    renameSync(join(directory, "a.yaml"), join(directory, "c.yaml"));
    await eventually(() =>
      expect(watched.last()?.documents[0]?.file).toBe(join(directory, "c.yaml")),
    );
    unlinkSync(join(directory, "c.yaml"));
    await eventually(() => expect(watched.names()).toEqual([]));
    expect(watched.snapshots.every(({ complete }) => complete)).toBe(true);
  });

  test("sees changes in directories that came later, at any depth", async () => {
    const watched = await watchDirectory();
    put(watched.directory, "x/y/z/a.yaml", manifest("a"));
    await eventually(() => expect(watched.names()).toEqual(["a"]));
    put(watched.directory, "x/y/z/b.yaml", manifest("b"));
    await eventually(() => expect(watched.names()).toEqual(["a", "b"]));
    rmSync(join(watched.directory, "x/y"), { recursive: true });
    await eventually(() => expect(watched.names()).toEqual([]));
    put(watched.directory, "x/y/c.yaml", manifest("c"));
    await eventually(() => expect(watched.names()).toEqual(["c"]));
  });

  test("leaves editors' files, hidden ones and other kinds of files alone", async () => {
    const watched = await watchDirectory();
    const strange = [
      ".a.yaml",
      "a.yaml~",
      ".a.yaml.swp",
      "a.yaml.bak",
      "#a.yaml#",
      "4913",
      "a.txt",
    ];
    for (const name of strange) put(watched.directory, name, "{ not: [yaml");
    for (const name of [".git/a.yaml", "node_modules/p/a.yaml"]) {
      put(watched.directory, name, manifest("hidden"));
    }
    put(watched.directory, "z.yaml", manifest("z"));
    await eventually(() => expect(watched.names()).toEqual(["z"]));
    expect(watched.last()).toMatchObject({ complete: true, problems: [], files: 1 });
    expect(watched.parsed).toEqual([join(watched.directory, "z.yaml")]);
  });

  test("does not read a plugin's own package as manifests", async () => {
    const directory = tempDir();
    put(directory, "plugins/a/plugin.yaml", "name: a\nversion: 1.0.0\ntype: service\n");
    put(directory, "plugins/a/package.json", "{}\n");
    put(directory, "plugins/a/deep/x.yaml", "x: 1\n");
    put(directory, "one/plugin.yaml", manifest("one"));
    const watched = await watchDirectory({ directory });
    expect(watched.names()).toEqual(["one"]);
    expect(watched.last()?.problems).toEqual([]);
  });

  test("a bad document is a problem at its place, and leaves the others of its file alone", async () => {
    const directory = tempDir();
    const bad = manifest("b", { replicas: "three" });
    const file = put(directory, "a.yaml", `${manifest("a")}---\n${bad}---\n${manifest("c")}`);
    const watched = await watchDirectory({ directory });
    expect(watched.names()).toEqual(["a", "c"]);
    expect(watched.last()?.problems).toMatchObject([{ ref: { name: "b" }, file, line: 3 }]);
    expect(watched.last()?.problems[0]?.message).toContain("spec.replicas");
    expect(watched.last()?.complete).toBe(true);
  });

  test("neither reads nor parses again what has not changed", async () => {
    const directory = tempDir();
    for (let index = 0; index < 100; index += 1) {
      put(directory, `p${index}.yaml`, manifest(`p${index}`));
    }
    const watched = await watchDirectory({ directory });
    expect(watched.parsed).toHaveLength(100);
    put(directory, "p7.yaml", manifest("p7", { replicas: 7 }));
    await eventually(() =>
      expect(JSON.stringify(watched.last()?.documents)).toContain('"replicas":7'),
    );
    utimesSync(join(directory, "p8.yaml"), 1, 1);
    put(directory, "new.yaml", manifest("new"));
    await eventually(() => expect(watched.names()).toHaveLength(101));
    expect(watched.parsed.slice(100)).toEqual([
      join(directory, "p7.yaml"),
      join(directory, "new.yaml"),
    ]);
  });

  test("says nothing when nothing has changed but times", async () => {
    const directory = tempDir();
    put(directory, "a.yaml", manifest("a"));
    const watched = await watchDirectory({ directory });
    put(directory, "a.yaml", manifest("a"));
    utimesSync(join(directory, "a.yaml"), 1, 1);
    put(directory, "b.yaml", manifest("b"));
    await eventually(() => expect(watched.names()).toEqual(["a", "b"]));
    expect(watched.snapshots).toHaveLength(2);
  });

  test("takes a swap of Kubernetes' ..data for one change", async () => {
    const directory = tempDir();
    swapData(directory, "..2030_1", { "a.yaml": manifest("a"), "b.yaml": manifest("b") });
    for (const name of ["a.yaml", "b.yaml"]) {
      symlinkSync(join("..data", name), join(directory, name));
    }
    const watched = await watchDirectory({ directory });
    expect(watched.names()).toEqual(["a", "b"]);
    const replicas = { replicas: 2 };
    swapData(directory, "..2030_2", {
      "a.yaml": manifest("a", replicas),
      "b.yaml": manifest("b", replicas),
    });
    await eventually(() => expect(watched.snapshots).toHaveLength(2));
    expect(watched.last()?.documents.map(({ object }) => object.spec)).toMatchObject([
      replicas,
      replicas,
    ]);
    expect(watched.last()?.documents[0]?.object).toMatchObject({
      spec: { source: { path: join(directory, "plugins/a") } },
    });
  });

  test("follows a directory that is itself a link, also to where it is swapped to", async () => {
    const base = tempDir();
    put(base, "v1/a.yaml", manifest("a"));
    put(base, "v2/b.yaml", manifest("b"));
    symlinkSync("v1", join(base, "current"));
    const watched = await watchDirectory({ directory: join(base, "current"), ...QUICK });
    expect(watched.names()).toEqual(["a"]);
    symlinkSync("v2", join(base, "next"));
    renameSync(join(base, "next"), join(base, "current"));
    await eventually(() => expect(watched.names()).toEqual(["b"]));
    put(base, "v2/c.yaml", manifest("c"));
    await eventually(() => expect(watched.names()).toEqual(["b", "c"]));
    expect(watched.snapshots.every(({ complete }) => complete)).toBe(true);
  });

  test("follows links that stay inside, once, and no circle", async () => {
    const directory = tempDir();
    put(directory, ".work/one/a.yaml", manifest("a"));
    put(directory, "real/b.yaml", manifest("b"));
    symlinkSync(join(".work", "one"), join(directory, "linked"));
    symlinkSync("real", join(directory, "again"));
    symlinkSync(join("real", "b.yaml"), join(directory, "b-again.yaml"));
    symlinkSync("..", join(directory, "real", "up"));
    const watched = await watchDirectory({ directory });
    expect(watched.names()).toEqual(["a", "b"]);
    expect(watched.last()?.problems).toEqual([]);
    put(directory, ".work/one/c.yaml", manifest("c"));
    await eventually(() => expect(watched.names()).toEqual(["a", "b", "c"]));
  });

  test("reports links that lead outside, or nowhere, and reads neither", async () => {
    const outside = put(tempDir(), "secret.yaml", manifest("secret"));
    const directory = tempDir();
    put(directory, "a.yaml", manifest("a"));
    symlinkSync(outside, join(directory, "out.yaml"));
    symlinkSync("missing", join(directory, "gone.yaml"));
    symlinkSync(join(outside, ".."), join(directory, "elsewhere"));
    const watched = await watchDirectory({ directory });
    expect(watched.names()).toEqual(["a"]);
    const messages = watched.last()?.problems.map(({ file, message }) => `${file} ${message}`);
    expect(messages?.toSorted()).toEqual([
      expect.stringMatching(/elsewhere is a link to .* outside/),
      expect.stringMatching(/gone\.yaml is a link that leads nowhere/),
      expect.stringMatching(/out\.yaml is a link to .*secret\.yaml, outside/),
    ]);
  });

  test("shows a git checkout as one change, when it is over", async () => {
    const directory = tempDir();
    mkdirSync(join(directory, ".git"));
    put(directory, "m/a.yaml", manifest("a"));
    const watched = await watchDirectory({ directory: join(directory, "m") });
    const lock = put(directory, ".git/index.lock", "");
    put(directory, "m/a.yaml", manifest("a", { replicas: 2 }));
    // Long enough for a look that does not wait: the source is heard to look, by its parser.
    const other = await watchDirectory();
    put(other.directory, "x.yaml", manifest("x"));
    await eventually(() => expect(other.names()).toEqual(["x"]));
    put(directory, "m/b.yaml", manifest("b"));
    expect(watched.snapshots).toHaveLength(1);
    unlinkSync(lock);
    await eventually(() => expect(watched.names()).toEqual(["a", "b"]));
    expect(watched.snapshots).toHaveLength(2);
  });

  test("says so when git's lock stays, and shows what was there before", async () => {
    const directory = tempDir();
    const lock = put(directory, ".git/index.lock", "");
    unlinkSync(lock);
    put(directory, "a.yaml", manifest("a"));
    const watched = await watchDirectory({ directory, timing: { unsettledMs: 100 } });
    writeFileSync(lock, "");
    unlinkSync(join(directory, "a.yaml"));
    await eventually(() => expect(watched.last()?.complete).toBe(false));
    expect(watched.last()?.reason).toContain(lock);
    expect(watched.names()).toEqual(["a"]);
    unlinkSync(lock);
    await eventually(() => expect(watched.last()).toMatchObject({ complete: true, documents: [] }));
  });

  test("waits for the rest of a file that is written in two parts", async () => {
    const watched = await watchDirectory();
    const text = manifest("a", { replicas: 3 });
    const file = put(watched.directory, "a.yaml", text.slice(0, 40));
    appendFileSync(file, text.slice(40));
    await eventually(() => expect(watched.names()).toEqual(["a"]));
    expect(watched.snapshots.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test("shows a file that stays half-written as a problem of it alone", async () => {
    const watched = await watchDirectory();
    put(watched.directory, "b.yaml", manifest("b"));
    const file = put(watched.directory, "a.yaml", manifest("a"));
    await eventually(() => expect(watched.names()).toEqual(["a", "b"]));
    truncateSync(file, 60);
    await eventually(() => expect(watched.names()).toEqual(["b"]));
    expect(watched.last()).toMatchObject({ complete: true, problems: [{ file }] });
  });

  test("does not take a missing directory for an empty one, and finds it when it comes", async () => {
    const directory = join(tempDir(), "later");
    const watched = await watchDirectory({ directory, ...QUICK });
    expect(watched.last()).toMatchObject({
      complete: false,
      reason: `${directory} does not exist`,
      documents: [],
    });
    put(directory, "a.yaml", manifest("a"));
    await eventually(() => expect(watched.names()).toEqual(["a"]));
    expect(watched.last()?.complete).toBe(true);
    put(directory, "b.yaml", manifest("b"));
    await eventually(() => expect(watched.names()).toEqual(["a", "b"]));
  });

  test("survives the directory being moved away and another one taking its place", async () => {
    const base = tempDir();
    const directory = join(base, "m");
    put(directory, "a.yaml", manifest("a"));
    const watched = await watchDirectory({ directory, ...QUICK });
    renameSync(directory, join(base, "away"));
    await eventually(() => expect(watched.last()?.complete).toBe(false));
    writeFileSync(directory, "a file");
    await eventually(() => expect(watched.last()?.reason).toContain("is not a directory"));
    unlinkSync(directory);
    put(directory, "b.yaml", manifest("b"));
    await eventually(() => expect(watched.names()).toEqual(["b"]));
    put(directory, "c.yaml", manifest("c"));
    await eventually(() => expect(watched.names()).toEqual(["b", "c"]));
  });

  test("finds by a rescan what no watch has told", async () => {
    const directory = tempDir();
    put(directory, ".data/a.yaml", manifest("a"));
    symlinkSync(join(".data", "a.yaml"), join(directory, "a.yaml"));
    const watched = await watchDirectory({ directory, timing: { rescanMs: 50 } });
    rmSync(join(directory, ".data"), { recursive: true });
    put(directory, ".data/a.yaml", manifest("a", { replicas: 5 }));
    await eventually(() =>
      expect(watched.last()?.documents[0]?.object.spec).toMatchObject({ replicas: 5 }),
    );
  });

  test("is incomplete beyond its bounds, and does not read a file that is too large", async () => {
    const directory = tempDir();
    for (const name of ["a", "b", "c"]) put(directory, `${name}.yaml`, manifest(name));
    const few = await watchDirectory({ directory, limits: { maxFiles: 2 } });
    expect(few.last()).toMatchObject({ complete: false, files: 2 });
    expect(few.last()?.reason).toContain("more than 2 manifest files");
    put(directory, "x/y/d.yaml", manifest("d"));
    const flat = await watchDirectory({ directory, limits: { maxDepth: 1 } });
    expect(flat.last()?.reason).toContain("directories deep");
    const file = put(directory, "large.yaml", "#".repeat(2_000));
    const small = await watchDirectory({ directory, limits: { maxFileBytes: 1_000 } });
    expect(small.names()).toEqual(["a", "b", "c", "d"]);
    expect(small.last()?.problems).toMatchObject([{ file }]);
    expect(small.parsed).not.toContain(file);
  });

  test("shows a directory that never holds still as incomplete", async () => {
    const directory = tempDir();
    let size = 0;
    const watched = await watchDirectory({
      directory,
      timing: { unsettledMs: 60 },
      clock: {
        nowMs: () => Date.now(),
        monotonicMs: () => performance.now(),
        after(delayMs, run) {
          // Somebody writes whenever the source waits.
          put(directory, "a.yaml", `${manifest("a")}${"#\n".repeat((size += 1))}`);
          const timer = setTimeout(run, delayMs);
          return { cancel: () => clearTimeout(timer) };
        },
      },
    });
    expect(watched.last()?.complete).toBe(false);
    expect(watched.last()?.reason).toContain("keep changing");
  });
});
