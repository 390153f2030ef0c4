import { execFileSync, spawn } from "node:child_process";
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { RecordFile } from "../../../src/runtime/record-file.ts";
import { eventually } from "../../helpers/eventually.ts";
import { RuntimeHome, inState, isAlive, launchRequest, startReady } from "./harness.ts";

interface RawRecord {
  process?: { pid: number; startTime: number; bootId: string } | undefined;
  instance: { state: string; pid?: number | undefined };
}

function recordPath(home: RuntimeHome, id: string): string {
  return join(home.directory, "run/p", id, "instance.json");
}

/** Rewrites a record as an earlier daemon, or a forger, would have left it. */
function editRecord(home: RuntimeHome, id: string, edit: (record: RawRecord) => RawRecord): void {
  const path = recordPath(home, id);
  const record = JSON.parse(readFileSync(path, "utf8")) as RawRecord;
  writeFileSync(path, JSON.stringify(edit(record)));
}

describe("a second supervisor", () => {
  test("takes living plugins over with the same pid and age, and stops them", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const before = await startReady(first, launchRequest("healthy"));
    await first.close();
    const second = home.supervisor();
    await second.recover();
    expect(second.list()).toMatchObject([{ id: before.id, pid: before.pid }]);
    const after = await inState(second, before.id, "ready");
    expect(after).toEqual(before);
    await second.stop(before.id, { gracePeriodSeconds: 10, reason: "Deleted" });
    await inState(second, before.id, "exited");
    expect(home.livingPids()).toEqual([]);
  });

  test("sees the end of a plugin that it took over", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id, pid } = await startReady(first, launchRequest("healthy"));
    await first.close();
    const second = home.supervisor();
    await second.recover();
    await inState(second, id, "ready");
    process.kill(pid ?? 0, "SIGKILL");
    const exited = await inState(second, id, "exited");
    expect(exited).toMatchObject({ reason: "Exited", exit: { code: undefined } });
    expect(exited.message).toContain("not known");
  });

  test("finds a plugin whose launch was not recorded any more, by its nonce", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id, pid } = await startReady(first, launchRequest("healthy"));
    await first.close();
    editRecord(home, id, (record) => ({
      ...record,
      process: undefined,
      instance: { ...record.instance, state: "queued", pid: undefined },
    }));
    const second = home.supervisor();
    await second.recover();
    expect(await inState(second, id, "ready")).toMatchObject({ pid });
  });

  test("calls an intent that was never carried out lost", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor({ limits: { maxStarting: 0 } });
    const { id } = await first.start(launchRequest("healthy"));
    await first.close();
    const second = home.supervisor();
    await second.recover();
    expect(second.list()).toMatchObject([{ id, state: "exited", reason: "Lost" }]);
  });

  test.each([
    ["start time", (stranger: number) => ({ pid: stranger, startTime: 1 })],
    ["environment", (stranger: number) => ({ pid: stranger, startTime: startTimeOf(stranger) })],
  ])("never touches a stranger with the recorded pid, told by its %s", async (_, forge) => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id, pid } = await startReady(first, launchRequest("healthy"));
    await first.close();
    process.kill(pid ?? 0, "SIGKILL");
    await eventually(() => expect(isAlive(pid)).toBe(false));
    const stranger = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void stranger.kill("SIGKILL"));
    editRecord(home, id, (record) => ({
      ...record,
      process: { bootId: "", ...record.process, ...forge(stranger.pid ?? 0) },
    }));
    const second = home.supervisor();
    await second.recover();
    expect(second.list()).toMatchObject([{ id, state: "exited", reason: "Lost" }]);
    await second.stop(id, { gracePeriodSeconds: 0, reason: "Deleted" });
    expect(isAlive(stranger.pid)).toBe(true);
  });

  test("goes on with a stop that was begun", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id } = await startReady(first, launchRequest("ignores-sigterm"));
    await first.stop(id, { gracePeriodSeconds: 3600, reason: "Deleted" });
    await first.close();
    expect(home.livingPids()).toHaveLength(1);
    const second = home.supervisor();
    await second.recover();
    expect(second.list()).toMatchObject([{ id, state: "stopping" }]);
    await second.stop(id, { gracePeriodSeconds: 0, reason: "Deleted" });
    await inState(second, id, "exited");
    expect(home.livingPids()).toEqual([]);
  });

  test("sets torn and foreign records aside, and takes the others over", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id } = await startReady(first, launchRequest("healthy"));
    await first.close();
    for (const [name, text] of [
      ["0000aaaa", '{"format":1,"nonce":"'],
      ["0000bbbb", '{"format":1,"instance":{"id":"0000bbbb"}}'],
      ["not-ours", "hello"],
    ] as const) {
      mkdirSync(join(home.directory, "run/p", name));
      writeFileSync(recordPath(home, name), text);
    }
    mkdirSync(join(home.directory, "run/p/0000cccc"));
    const second = home.supervisor();
    await second.recover();
    await inState(second, id, "ready");
    expect(readdirSync(join(home.directory, "run/p"))).toEqual([id]);
    expect(readdirSync(join(home.directory, "run/set-aside"))).toHaveLength(3);
  });

  test("follows no link that lies in a record's place, and waits for no FIFO", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id } = await startReady(first, launchRequest("healthy"));
    await first.close();
    const elsewhere = join(home.directory, "elsewhere.json");
    renameSync(recordPath(home, id), elsewhere);
    symlinkSync(elsewhere, recordPath(home, id));
    expect(new RecordFile(join(home.directory, "run/p"), id).load(id)).toBeUndefined();
    for (const name of ["0000aaaa", "0000bbbb"]) mkdirSync(join(home.directory, "run/p", name));
    execFileSync("mkfifo", [recordPath(home, "0000aaaa")]);
    symlinkSync("/dev/zero", recordPath(home, "0000bbbb"));
    rmSync(recordPath(home, id));
    renameSync(elsewhere, recordPath(home, id));
    const second = home.supervisor();
    await second.recover();
    await inState(second, id, "ready");
    expect(readdirSync(join(home.directory, "run/p"))).toEqual([id]);
  });
});

function startTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
}
