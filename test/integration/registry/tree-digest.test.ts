import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { DEFAULT_LIMITS } from "../../../src/registry/limits.ts";
import { TreeDigester } from "../../../src/registry/tree-digest.ts";
import { writePackage } from "./package-samples.ts";

const digestOf = async (root: string): Promise<string> =>
  (await new TreeDigester(systemClock).digest(root)).digest;

describe("TreeDigester", () => {
  test("is the sha256 of sorted lines of path, kind and content", async () => {
    const root = tempDir();
    mkdirSync(join(root, "b"));
    writeFileSync(join(root, "b", "x"), "run", { mode: 0o755 });
    writeFileSync(join(root, "a"), "text", { mode: 0o644 });
    symlinkSync("a", join(root, "c"));
    const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
    const lines = [`a\0f\0${sha("text")}`, "b\0d\0", `b/x\0x\0${sha("run")}`, `c\0l\0${sha("a")}`];
    expect(await digestOf(root)).toBe(`sha256:${sha(lines.map((line) => `${line}\n`).join(""))}`);
  });

  test("counts content, names and the execute bit, and nothing else", async () => {
    const parent = tempDir();
    const a = writePackage(join(parent, "a"), { files: { "lib/x.txt": "1" } });
    const b = writePackage(join(parent, "b"), { files: { "lib/x.txt": "1" } });
    const same = await digestOf(a);
    chmodSync(join(b, "lib/x.txt"), 0o600);
    utimesSync(join(b, "lib/x.txt"), 1, 1);
    writePackage(join(b, ".git"), {});
    expect(await digestOf(b)).toBe(same);
    chmodSync(join(b, "lib/x.txt"), 0o700);
    expect(await digestOf(b)).not.toBe(same);
    chmodSync(join(b, "lib/x.txt"), 0o600);
    writeFileSync(join(b, "lib/x.txt"), "2");
    expect(await digestOf(b)).not.toBe(same);
  });

  test.each([
    ["an absolute link", (root: string) => symlinkSync("/etc/passwd", join(root, "l"))],
    ["a link out of the tree", (root: string) => symlinkSync("../x", join(root, "l"))],
    ["a link in a circle", (root: string) => symlinkSync("l", join(root, "l"))],
    ["a FIFO", (root: string) => void execFileSync("mkfifo", [join(root, "l")])],
    ["a setuid file", (root: string) => chmodSync(join(root, "main"), 0o4755)],
    [
      "a link out through another link",
      (root: string) => {
        mkdirSync(join(root, "d"));
        symlinkSync("..", join(root, "d", "up"));
        symlinkSync("d/up/../..", join(root, "l"));
      },
    ],
  ])("refuses %s", async (_name, plant) => {
    const root = writePackage(join(tempDir(), "inner"));
    plant(root);
    await expect(digestOf(root)).rejects.toMatchObject({ code: "PackageInvalid" });
  });

  test("refuses more entries, bytes and depth than allowed", async () => {
    const root = writePackage(tempDir(), { files: { "a/b/c/d": "1234567890" } });
    const refused = { code: "PackageInvalid" };
    const digest = (limits: object): Promise<unknown> =>
      new TreeDigester(systemClock, { ...DEFAULT_LIMITS, ...limits }).digest(root);
    await expect(digest({ maxEntries: 5 })).rejects.toMatchObject(refused);
    await expect(digest({ maxBytes: 20 })).rejects.toMatchObject(refused);
    await expect(digest({ maxDepth: 2 })).rejects.toMatchObject(refused);
    await expect(digest({ maxEntries: 6, maxDepth: 3 })).resolves.toBeDefined();
  });

  test("does not read a file again that looks unchanged, and does when it looks changed", async () => {
    const root = writePackage(tempDir(), { files: { "x.txt": "one" } });
    // Far in the future, so that no file counts as changed just now.
    const digester = new TreeDigester(new FakeClock(Date.UTC(2100, 0, 1)));
    const first = await digester.digest(root);
    const { bytesRead } = digester;
    expect((await digester.digest(root)).digest).toBe(first.digest);
    expect(digester.bytesRead).toBe(bytesRead);
    writeFileSync(join(root, "x.txt"), "two");
    expect((await digester.digest(root)).digest).not.toBe(first.digest);
  });

  test("reads a file again that changed within a tick of being read", async () => {
    const root = writePackage(tempDir(), { files: { "x.txt": "one" } });
    // A clock that stands at the very moment of the last change.
    const digester = new TreeDigester(new FakeClock(statSync(join(root, "x.txt")).ctimeMs));
    await digester.digest(root);
    const { bytesRead } = digester;
    await digester.digest(root);
    expect(digester.bytesRead).toBe(2 * bytesRead);
  });
});
