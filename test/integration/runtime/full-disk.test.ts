import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { rotateLog } from "../../../src/runtime/instance-log.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { RuntimeHome, launchRequest } from "./harness.ts";

const MIB = 1024 * 1024;

/** A file system of `sizeMiB`, unmounted when the test ends; undefined where we may not mount. */
function smallDisk(sizeMiB: number): string | undefined {
  const directory = join(tempDir(), "disk");
  mkdirSync(directory);
  const options = ["-t", "tmpfs", "-o", `size=${sizeMiB}m`, "tmpfs", directory];
  if (spawnSync("mount", options, { stdio: "ignore" }).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["-l", directory], { stdio: "ignore" }));
  return directory;
}

function fill(directory: string): void {
  try {
    for (let count = 0; ; count += 1)
      writeFileSync(join(directory, `filler-${count}`), Buffer.alloc(64 * 1024));
  } catch {
    // Full, as wanted.
  }
}

describe("with the disk full", () => {
  test("a log is cut to its end when there is no room for a copy", async ({ skip }) => {
    const disk = smallDisk(4) ?? skip();
    const path = join(disk, "0-0a0b0c0d.log");
    writeFileSync(path, Buffer.concat([Buffer.alloc(3 * MIB, "a"), Buffer.from("the end\n")]));
    fill(disk);
    expect(await rotateLog(path, MIB)).toBe(true);
    expect(statSync(path).size).toBe(MIB);
    expect(readFileSync(path, "utf8").endsWith("aaathe end\n")).toBe(true);
    expect(readdirSync(disk).filter((name) => name.includes(".log."))).toEqual([]);
  });

  test("nothing is started, and nothing of it is left", async ({ skip }) => {
    const disk = smallDisk(2) ?? skip();
    const home = new RuntimeHome(disk);
    const supervisor = home.supervisor();
    fill(disk);
    const refusal = await supervisor.start(launchRequest("healthy")).catch((e: unknown) => e);
    expect(refusal).toMatchObject({ code: "StorageFull" });
    expect(supervisor.list()).toEqual([]);
    expect(readdirSync(join(disk, "run/p"))).toEqual([]);
    expect(home.livingPids()).toEqual([]);
  });
});
