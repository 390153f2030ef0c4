import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  E2eHome,
  isAlive,
  type PluginView,
  isReady,
  kill,
  pidOf,
  pluginObject,
} from "../helpers/e2e-home.ts";
import { isServing } from "../helpers/e2e-grpc.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

const fixture = (name: string, fixtureName = "healthy", spec: object = {}) =>
  pluginObject(name, { source: { path: fixturePackage(fixtureName) }, ...spec });

describe("kill -9 of the daemon", () => {
  test("leaves plugins serving, and the next daemon takes them over without a restart", async () => {
    const home = new E2eHome();
    await home.apply([fixture("a"), fixture("b", "tcp-port", {})], "--wait");
    const before = await home.plugins();
    await home.killDaemon();
    for (const { status } of before) {
      expect(await isServing(status?.instances?.[0]?.address ?? "")).toBe(true);
    }
    await home.startDaemon();
    for (const { metadata, status } of before) {
      const after = await home.ready(metadata.name);
      expect(after.status?.instances).toEqual(status?.instances);
      expect(after.status?.restarts).toBe(0);
    }
    expect(home.instances()).toHaveLength(2);
    // Taken over means watched: it heals as one that this daemon started.
    const pid = await home.pid("a");
    await kill(pid);
    await home.untilPlugin("a", (plugin) => isReady(plugin) && pidOf(plugin) !== pid);
  });

  test("and of every plugin is healed by the next daemon", async () => {
    const home = new E2eHome();
    await home.apply([fixture("a"), fixture("b")], "--wait");
    const before = await home.pids();
    await home.killDaemon();
    for (const pid of Object.values(before)) await kill(pid);
    await home.startDaemon();
    for (const name of ["a", "b"]) {
      // Until the new daemon has looked, the status is still what the old one wrote last.
      const isHealed = (plugin: PluginView) => isReady(plugin) && pidOf(plugin) !== before[name];
      const after = await home.untilPlugin(name, isHealed);
      expect(after.status?.restarts).toBe(1);
      expect(await isServing(after.status?.instances?.[0]?.address ?? "")).toBe(true);
    }
    expect(home.instances()).toHaveLength(2);
  });

  test("in the middle of a deletion leaves the rest of it to the next daemon", async () => {
    const home = new E2eHome();
    const stubborn = fixture("stubborn", "ignores-sigterm", { terminationGracePeriodSeconds: 2 });
    await home.apply([stubborn], "--wait");
    const pid = await home.pid("stubborn");
    await home.ok("delete", "plugin", "stubborn", "--wait=false");
    await home.killDaemon();
    expect(isAlive(pid)).toBe(true);
    await home.startDaemon();
    await home.ok("wait", "plugin/stubborn", "--for=delete", "--timeout", "20s");
    expect(isAlive(pid)).toBe(false);
    expect(home.instances()).toEqual([]);
    expect(visible(home.path("plugins", "installed"))).toEqual([]);
    expect(readdirSync(home.path("plugins", "configs"))).toEqual([]);
    expect(readdirSync(home.path("run", "p"))).toEqual([]);
  });

  test("and the loss of every object stops what runs for none", async () => {
    const home = new E2eHome();
    await home.apply([fixture("orphan"), fixture("other")], "--wait");
    const pids = Object.values(await home.pids());
    await home.killDaemon();
    for (const name of readdirSync(home.path("state"))) rmSync(home.path("state", name));
    await home.startDaemon();
    await eventually(() => {
      expect(home.instances()).toEqual([]);
      expect(visible(home.path("plugins", "installed"))).toEqual([]);
    });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await home.plugins()).toEqual([]);
  });
});

describe("a process that Portunix does not own", () => {
  test.each([
    { how: "of another start time", forge: ({ pid }: Identity) => ({ pid }) },
    { how: "of the very start time", forge: (identity: Identity) => identity },
  ])("is never touched, though a record names its pid, $how", async ({ forge }) => {
    const home = new E2eHome();
    await home.apply([fixture("victim")], "--wait");
    const before = await home.plugin("victim");
    await home.ok("daemon", "stop");
    await kill(pidOf(before));
    const stranger = startSleep();
    const id = before.status?.instances?.[0]?.id ?? "";
    const path = home.path("run", "p", id, "instance.json");
    const record = JSON.parse(readFileSync(path, "utf8")) as ForgedRecord;
    record.process = { ...record.process, ...forge(stranger) };
    record.instance.pid = stranger.pid;
    writeFileSync(path, JSON.stringify(record));
    await home.startDaemon();
    const after = await home.untilPlugin(
      "victim",
      (plugin) => isReady(plugin) && plugin.status?.instances?.[0]?.id !== id,
    );
    expect(pidOf(after)).not.toBe(stranger.pid);
    await home.ok("delete", "plugin", "victim");
    expect(home.instances()).toEqual([]);
    expect(isAlive(stranger.pid)).toBe(true);
  });
});

interface Identity {
  readonly pid: number;
  readonly startTime: number;
}

interface ForgedRecord {
  process: object;
  instance: { pid: number };
}

function startSleep(): Identity {
  const { pid = 0 } = spawn("sleep", ["600"], { stdio: "ignore", detached: true });
  onTestFinished(() => kill(pid));
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const startTime = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  return { pid, startTime };
}

/** Names of what a user sees there. */
function visible(directory: string): string[] {
  return existsSync(directory)
    ? readdirSync(directory).filter((name) => !name.startsWith("."))
    : [];
}
