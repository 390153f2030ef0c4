import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header } from "tar";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import { DEFAULT_LIMITS } from "../../../src/registry/limits.ts";
import { openRegistry, writePackage } from "./package-samples.ts";

interface Entry {
  readonly path: string;
  readonly body?: string;
  readonly type?: "File" | "Directory" | "SymbolicLink" | "Link" | "FIFO" | "CharacterDevice";
  readonly linkpath?: string;
  readonly mode?: number;
}

const BLOCK = 512;
const MANIFEST: Entry = {
  path: "plugin.yaml",
  body: "name: monitor\nversion: 1.0.0\nruntime: {main: ./main}\n",
};

/** An archive with exactly these headers, whatever a well-behaved tar would say to them. */
function writeArchive(path: string, entries: readonly Entry[]): string {
  const blocks = entries.flatMap((entry) => {
    const { body = "", type = "File", mode = 0o644 } = entry;
    const header = Buffer.alloc(BLOCK);
    new Header({
      path: entry.path,
      linkpath: entry.linkpath ?? "",
      mode,
      size: type === "File" ? body.length : 0,
      mtime: new Date(0),
      type,
    }).encode(header, 0);
    const content = Buffer.alloc(type === "File" ? Math.ceil(body.length / BLOCK) * BLOCK : 0);
    content.write(body);
    return [header, content];
  });
  writeFileSync(path, gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])));
  return path;
}

/** Everything below a directory, its own name left out. */
function namesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted();
}

describe("an archive", () => {
  test("has the digest of the directory it was packed from, with and without a top directory", async () => {
    const home = tempDir();
    const source = writePackage(join(home, "monitor"), { files: { "lib/a.js": "a" } });
    execFileSync("tar", ["-czf", join(home, "flat.tgz"), "-C", source, "."]);
    execFileSync("tar", ["-czf", join(home, "nested.tar.gz"), "-C", home, "monitor"]);
    const registry = await openRegistry(join(home, "plugins"));
    const expected = await registry.resolve(source);
    for (const name of ["flat.tgz", "nested.tar.gz"]) {
      const { digest, version, manifest } = await registry.resolve(join(home, name));
      expect({ digest, version }).toEqual({ digest: expected.digest, version: "1.0.0" });
      expect(manifest.name).toBe("monitor");
    }
  });

  test.each<[string, readonly Entry[]]>([
    ["a path with ..", [MANIFEST, { path: "../escaped", body: "x" }]],
    ["a path with .. inside", [MANIFEST, { path: "a/../../escaped", body: "x" }]],
    ["an absolute path", [MANIFEST, { path: "/tmp/ptx-escaped", body: "x" }]],
    ["a symbolic link", [MANIFEST, { path: "l", type: "SymbolicLink", linkpath: "main" }]],
    [
      "a file written through a link",
      [
        MANIFEST,
        { path: "d", type: "SymbolicLink", linkpath: ".." },
        { path: "d/escaped", body: "x" },
      ],
    ],
    ["a hard link", [MANIFEST, { path: "l", type: "Link", linkpath: "/etc/hostname" }]],
    ["a FIFO", [MANIFEST, { path: "f", type: "FIFO" }]],
    ["a device", [MANIFEST, { path: "f", type: "CharacterDevice" }]],
    ["a setuid file", [MANIFEST, { path: "f", body: "x", mode: 0o4755 }]],
    ["a backslash in a path", [MANIFEST, { path: "..\\escaped", body: "x" }]],
    [
      "a file in place of a directory",
      [MANIFEST, { path: "a", body: "x" }, { path: "a/b", body: "y" }],
    ],
    ["no plugin.yaml", [{ path: "a/readme", body: "x" }]],
  ])("with %s is refused, and leaves nothing behind", async (_name, entries) => {
    const home = tempDir();
    const registry = await openRegistry(join(home, "plugins"));
    const before = namesIn(home);
    const archive = writeArchive(join(home, "x.tgz"), entries);
    await expect(registry.resolve(archive)).rejects.toMatchObject({
      code: expect.stringMatching(/^Package(Invalid|NotFound)$/),
      message: expect.stringContaining("x.tgz"),
    });
    expect(namesIn(home)).toEqual([...before, "x.tgz"].toSorted());
    expect(existsSync("/tmp/ptx-escaped")).toBe(false);
  });

  test("with too many entries, or too large, is refused", async () => {
    const home = tempDir();
    const limits = { ...DEFAULT_LIMITS, maxEntries: 10, maxBytes: 1000 };
    const registry = await openRegistry(join(home, "plugins"), limits);
    const many = Array.from({ length: 10 }, (_, index) => ({ path: `f${index}`, body: "x" }));
    const crowded = writeArchive(join(home, "many.tgz"), [MANIFEST, ...many]);
    const large = writeArchive(join(home, "large.tgz"), [
      MANIFEST,
      { path: "f", body: "x".repeat(1000) },
    ]);
    await expect(registry.resolve(crowded)).rejects.toThrow(/more than 10 files/);
    await expect(registry.resolve(large)).rejects.toThrow(/more than 1000 bytes/);
    const packed = { ...limits, maxArchiveBytes: 10 };
    const strict = await openRegistry(join(home, "strict"), packed);
    await expect(strict.resolve(large)).rejects.toThrow(/larger than 10 bytes/);
  });

  test("that is a bomb ends early", async () => {
    const home = tempDir();
    const limits = { ...DEFAULT_LIMITS, maxEntries: 10, maxBytes: 1000 };
    const registry = await openRegistry(join(home, "plugins"), limits);
    // No entry claims these bytes: they follow the end of the archive.
    const bomb = join(home, "bomb.tgz");
    writeFileSync(bomb, gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    await expect(registry.resolve(bomb)).rejects.toThrow(/bytes when unpacked/);
  });

  test.each<[string, Buffer]>([
    ["no gzip", Buffer.from("hello")],
    ["empty", Buffer.alloc(0)],
    ["cut off", gzipSync(Buffer.alloc(4096, "x")).subarray(0, 20)],
    ["gzip of something else", gzipSync(Buffer.from("x".repeat(2000)))],
  ])("that is %s is refused", async (_name, content) => {
    const home = tempDir();
    const registry = await openRegistry(join(home, "plugins"));
    writeFileSync(join(home, "x.tgz"), content);
    await expect(registry.resolve(join(home, "x.tgz"))).rejects.toMatchObject({
      code: expect.stringMatching(/^Package(Invalid|NotFound)$/),
    });
  });

  test("that was cut off within a file is refused", async () => {
    const home = tempDir();
    const registry = await openRegistry(join(home, "plugins"));
    const header = Buffer.alloc(BLOCK);
    new Header({ path: "plugin.yaml", size: 5000, mode: 0o644, type: "File" }).encode(header, 0);
    writeFileSync(join(home, "x.tgz"), gzipSync(Buffer.concat([header, Buffer.alloc(BLOCK, "a")])));
    await expect(registry.resolve(join(home, "x.tgz"))).rejects.toMatchObject({
      code: "PackageInvalid",
    });
  });

  test("reached through a link is read, and read again when it has changed", async () => {
    const home = tempDir();
    mkdirSync(join(home, "releases"));
    const registry = await openRegistry(join(home, "plugins"));
    const archive = writeArchive(join(home, "releases", "a.tgz"), [MANIFEST]);
    symlinkSync("releases/a.tgz", join(home, "current.tgz"));
    const first = await registry.resolve(join(home, "current.tgz"));
    writeArchive(archive, [MANIFEST, { path: "more", body: "x" }]);
    const second = await registry.resolve(join(home, "current.tgz"));
    expect(second.digest).not.toBe(first.digest);
  });
});
