import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { rotateLog } from "../../../src/runtime/instance-log.ts";
import { readLog } from "../../../src/runtime/read-log.ts";
import { eventually } from "../../helpers/eventually.ts";
import { fixturePackage } from "../../helpers/fixture-package.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { RuntimeHome, inState, launchRequest, startReady } from "./harness.ts";

describe("logs", () => {
  test("of a plugin that floods them stay within bounds, and it keeps running", async () => {
    const home = new RuntimeHome();
    const logMaxBytes = 4 * 1024 * 1024;
    const supervisor = home.supervisor({ limits: { lookMs: 20, logMaxBytes } });
    const { id } = await startReady(supervisor, launchRequest("floods-stderr"));
    const path = join(home.directory, "logs/floods-stderr", `0-${id}.log`);
    const inodes = new Set<number>();
    let rotations = 0;
    let lastMs = 0;
    await eventually(() => {
      const rotatedAtMs = existsSync(`${path}.1`) ? statSync(`${path}.1`).mtimeMs : 0;
      if (rotatedAtMs !== lastMs) rotations += 1;
      lastMs = rotatedAtMs;
      inodes.add(statSync(path).ino);
      expect(rotations).toBeGreaterThan(2);
    });
    expect(inodes.size).toBe(1);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(logMaxBytes);
    expect(statSync(`${path}.1`).mode & 0o777).toBe(0o600);
    expect(supervisor.logFiles("floods-stderr")).toMatchObject([
      { path, rotatedPath: `${path}.1` },
    ]);
    await supervisor.stop(id, { gracePeriodSeconds: 1, reason: "NotDesired" });
    await inState(supervisor, id, "exited");
    expect(readFileSync(path).includes(0)).toBe(false);
  });

  test("are copied and emptied in place, so that an open file goes on at the start", async () => {
    const path = join(tempDir(), "0-0a0b0c0d.log");
    writeFileSync(path, "0123456789");
    expect(await rotateLog(path, 10)).toBe(false);
    appendFileSync(path, "abc");
    const { ino } = statSync(path);
    expect(await rotateLog(path, 10)).toBe(true);
    expect(readFileSync(`${path}.1`, "utf8")).toBe("3456789abc");
    expect(statSync(path)).toMatchObject({ ino, size: 0 });
  });

  test("are never emptied through a link that a plugin put in their place", async () => {
    const directory = tempDir();
    const [path, victim] = [join(directory, "0-0a0b0c0d.log"), join(directory, "victim")];
    writeFileSync(victim, "0123456789abc");
    symlinkSync(victim, path);
    expect(await rotateLog(path, 10)).toBe(false);
    expect(readFileSync(victim, "utf8")).toBe("0123456789abc");
  });

  test("are never copied through a link that a plugin has laid out", async () => {
    const directory = tempDir();
    const [path, victim] = [join(directory, "0-0a0b0c0d.log"), join(directory, "victim")];
    writeFileSync(path, "0123456789abc");
    writeFileSync(victim, "mine");
    symlinkSync(victim, `${path}.1.tmp`);
    expect(await rotateLog(path, 10)).toBe(true);
    expect(readFileSync(victim, "utf8")).toBe("mine");
    expect(readFileSync(`${path}.1`, "utf8")).toBe("3456789abc");
  });

  test("read as empty when a link or a FIFO lies in their place", async () => {
    const directory = tempDir();
    const [link, fifo] = [join(directory, "link"), join(directory, "fifo")];
    symlinkSync("/etc/passwd", link);
    execFileSync("mkfifo", [fifo]);
    const { signal } = new AbortController();
    const options = { tailLines: undefined, follow: false, clock: systemClock, signal };
    const chunks: Uint8Array[] = [];
    for (const path of [link, fifo])
      for await (const chunk of readLog(path, options)) chunks.push(chunk);
    expect(chunks).toEqual([]);
  });

  test("of an instance and of the two before it are kept, newest first", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const packageDir = fixturePackage("exits-at-once");
    const ids: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const { id } = await supervisor.start(launchRequest("exits-at-once", { packageDir }));
      await inState(supervisor, id, "exited");
      ids.unshift(id);
    }
    const logs = supervisor.logFiles("exits-at-once");
    expect(logs.map(({ instanceId }) => instanceId)).toEqual(ids.slice(0, 3));
    expect(readFileSync(logs[0]?.path ?? "", "utf8")).toBe("no use\n");
  });
});

describe("the data directory", () => {
  test("is the same for the next instance of an ordinal", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const request = launchRequest("fills-data-dir", { environment: { FILL_MAX_BYTES: "1048576" } });
    const { id } = await startReady(supervisor, request);
    const file = join(home.directory, "data/fills-data-dir/0/filling");
    await eventually(() => expect(statSync(file).size).toBe(1_048_576));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await supervisor.stop(id, { gracePeriodSeconds: 10, reason: "NotDesired" });
    await inState(supervisor, id, "exited");
    await startReady(supervisor, { ...request, environment: { FILL_MAX_BYTES: "0" } });
    expect(statSync(file).size).toBe(1_048_576);
  });
});
