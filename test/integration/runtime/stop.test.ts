import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { RuntimeHome, inState, isAlive, launchRequest, startReady } from "./harness.ts";

describe("stopping", () => {
  test("kills a plugin that ignores Shutdown and SIGTERM, at the end of its grace", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id } = await startReady(supervisor, launchRequest("ignores-sigterm"));
    await supervisor.stop(id, { gracePeriodSeconds: 1, reason: "NotDesired" });
    const exited = await inState(supervisor, id, "exited");
    expect(exited.exit).toEqual({ code: undefined, signal: "SIGKILL" });
    expect(home.livingPids()).toEqual([]);
    const [log] = supervisor.logFiles("ignores-sigterm");
    expect(readFileSync(log?.path ?? "", "utf8")).toContain("SIGTERM ignored");
  });

  test("a shorter second request brings the kill forward, a longer one does not put it off", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id } = await startReady(supervisor, launchRequest("ignores-sigterm"));
    await supervisor.stop(id, { gracePeriodSeconds: 3600, reason: "NotDesired" });
    await supervisor.stop(id, { gracePeriodSeconds: 1, reason: "NotDesired" });
    await supervisor.stop(id, { gracePeriodSeconds: 3600, reason: "NotDesired" });
    await inState(supervisor, id, "exited");
    expect(home.livingPids()).toEqual([]);
  });

  test("is over only when a grandchild in a session of its own is gone, too", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id } = await startReady(supervisor, launchRequest("leaves-grandchild"));
    expect(home.livingPids()).toHaveLength(2);
    await supervisor.stop(id, { gracePeriodSeconds: 1, reason: "NotDesired" });
    await inState(supervisor, id, "exited");
    expect(home.livingPids()).toEqual([]);
  });

  test("a crash takes the grandchild with it before it is reported", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id, pid } = await startReady(supervisor, launchRequest("leaves-grandchild"));
    process.kill(pid ?? 0, "SIGKILL");
    const exited = await inState(supervisor, id, "exited");
    expect(exited).toMatchObject({ reason: "Exited", exit: { signal: "SIGKILL" } });
    expect(exited.message).toContain("1 of its processes");
    expect(home.livingPids()).toEqual([]);
  });

  test("an adopted tree goes as a whole, also without its leader", async () => {
    const home = new RuntimeHome();
    const first = home.supervisor();
    const { id, pid } = await startReady(first, launchRequest("leaves-grandchild"));
    await first.close();
    process.kill(pid ?? 0, "SIGKILL");
    await eventually(() => expect(isAlive(pid)).toBe(false));
    expect(home.livingPids()).toHaveLength(1);
    const second = home.supervisor();
    await second.recover();
    expect(await inState(second, id, "exited")).toMatchObject({ reason: "Lost" });
    expect(home.livingPids()).toEqual([]);
  });

  test("a plugin that forks away is refused, and what it forked is ended", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id } = await supervisor.start(launchRequest("forks-away"));
    const exited = await inState(supervisor, id, "exited");
    expect(exited).toMatchObject({ reason: "ForkedAway", exit: { code: 0 } });
    expect(exited.message).toContain("foreground");
    expect(home.livingPids()).toEqual([]);
  });

  test("before its launch ends a plugin without launching it", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor({ limits: { maxStarting: 0 } });
    const { id } = await supervisor.start(launchRequest("healthy"));
    const stopped = await supervisor.stop(id, { gracePeriodSeconds: 10, reason: "NotDesired" });
    expect(stopped).toMatchObject({ state: "exited", startedAtMs: undefined });
    expect(home.livingPids()).toEqual([]);
  });

  test("in the midst of its launch leaves nothing running", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id } = await supervisor.start(launchRequest("tcp-port"));
    await supervisor.stop(id, { gracePeriodSeconds: 10, reason: "NotDesired" });
    await inState(supervisor, id, "exited");
    expect(home.livingPids()).toEqual([]);
  });

  test("a stopped (SIGSTOP) plugin ends, too", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id, pid } = await startReady(supervisor, launchRequest("healthy"));
    process.kill(pid ?? 0, "SIGSTOP");
    await supervisor.stop(id, { gracePeriodSeconds: 3600, reason: "NotDesired" });
    expect(await inState(supervisor, id, "exited")).toMatchObject({ exit: { code: 0 } });
    expect(home.livingPids()).toEqual([]);
  });
});
