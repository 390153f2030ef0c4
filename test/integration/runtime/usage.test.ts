import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { parseFacts, UsageSampler } from "../../../src/runtime/usage-sampler.ts";

test("the usage of a process tree holds its children's, in processors and in memory", async () => {
  // The leader sleeps; only the child that it starts is busy, and fills 64 MiB.
  const busy = "const b = Buffer.alloc(64 << 20, 1); process.send('on'); for (;;) b[0]++;";
  const leader = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(busy)}], { stdio: ["ignore", "inherit", "inherit", "ipc"] }).on("message", () => console.log("on")); setInterval(() => {}, 1e6);`;
  const pid = await start(leader);
  const idle = await start("console.log('on'); setInterval(() => {}, 1e6);");
  const sampler = new UsageSampler(systemClock);
  const leaders = [
    { id: "busy", pid },
    { id: "idle", pid: idle },
  ];
  const usages = await sampler.measure(() => leaders);
  const [used, rested] = [usages.get("busy"), usages.get("idle")];
  expect(used?.memoryBytes).toBeGreaterThan((rested?.memoryBytes ?? 0) + (60 << 20));
  expect(used?.nanoCores).toBeGreaterThan(rested?.nanoCores ?? Number.POSITIVE_INFINITY);
  expect((await sampler.measure(() => leaders)).get("busy")?.nanoCores).toBeGreaterThan(0);
});

test("a process that is gone has no usage", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  const leaders = [{ id: "gone", pid: child.pid ?? 0 }];
  expect([...(await new UsageSampler(systemClock).measure(() => leaders)).keys()]).toEqual([]);
});

test("a name may hold what a line of /proc/PID/stat is taken apart by", () => {
  const fields = ["S", 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 10, 20, 30, 40, 0, 0, 0, 0, 0, 0, 77];
  expect(parseFacts(`5 (a) b (c)) ${fields.join(" ")}`)).toEqual({
    parent: 1,
    processGroup: 2,
    session: 3,
    cpuTicks: 100,
    residentPages: 77,
  });
  expect(parseFacts("")).toBeUndefined();
});

/** Starts a script of its own session, which says when it is on, and ends all of it with the test. */
async function start(script: string): Promise<number> {
  const child = spawn(process.execPath, ["-e", script], { detached: true });
  const pid = child.pid ?? 0;
  onTestFinished(() => void process.kill(-pid, "SIGKILL"));
  await once(child.stdout, "data");
  return pid;
}
