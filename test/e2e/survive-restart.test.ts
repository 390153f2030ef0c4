import type { ChildProcess } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { E2eHome, pluginObject, REPOSITORY } from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";

const TOOL = join(REPOSITORY, "examples", "plugins", "text-tools");
const MONITOR = join(REPOSITORY, "examples", "plugins", "system-monitor");
const PATIENCE_MS = 25_000;

function outputOf(child: ChildProcess): { text: string } {
  const output = { text: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.text += text));
  return output;
}

function seen(output: { readonly text: string }, pattern: RegExp): Promise<void> {
  return eventually(() => expect(output.text).toMatch(pattern), PATIENCE_MS);
}

test("get -w goes on when the daemon is killed and started again", async () => {
  const home = new E2eHome();
  const tool = (name: string) => pluginObject(name, { source: { path: TOOL } });
  await home.apply([tool("first")], "--wait");
  const watch = home.spawn(["get", "plugins", "-w"]);
  const output = outputOf(watch);
  await seen(output, /^first /m);
  await home.killDaemon();
  await home.startDaemon();
  await home.apply([tool("second")], "--wait");
  await seen(output, /^second /m);
  await home.ok("delete", "plugin/first");
  await seen(output, /^first .*\(deleted\)$/m);
  expect(output.text.match(/^NAME /gm)).toHaveLength(1);
  expect(watch.exitCode).toBeNull();
});

test("apply --wait and rollout status wait on through a restart of the daemon", async () => {
  const home = new E2eHome();
  await home.startDaemon();
  const monitor = { source: { path: MONITOR }, permissions: { filesystem: { read: ["/proc"] } } };
  const file = home.manifest(pluginObject("late", { ...monitor, dependsOn: [{ name: "later" }] }));
  const apply = home.spawn(["apply", "-f", file, "--wait", "--timeout=60s"]);
  await home.untilPlugin("late", ({ status }) => (status?.blockers?.length ?? 0) > 0);
  const rollout = home.spawn(["rollout", "status", "plugin/late", "--timeout=60s"]);
  const exits = [apply, rollout].map((child) => new Promise((end) => child.on("exit", end)));
  const output = outputOf(rollout);
  await seen(output, /^Waiting for plugin "late" rollout/);
  await home.killDaemon();
  await home.startDaemon();
  expect([apply.exitCode, rollout.exitCode]).toEqual([null, null]);
  await home.apply([pluginObject("later", monitor)]);
  expect(await Promise.all(exits)).toEqual([0, 0]);
  expect(output.text).toMatch(/plugin "late" successfully rolled out\n$/);
});

test("logs -f goes on behind the last line, which the plugin wrote while no daemon was there", async () => {
  const home = new E2eHome();
  const monitor = { source: { path: MONITOR }, permissions: { filesystem: { read: ["/proc"] } } };
  await home.apply([pluginObject("mon", monitor)], "--wait");
  const [log = ""] = logsBelow(home.path("plugins", "logs"));
  appendFileSync(log, "line 1\n");
  const follow = home.spawn(["logs", "mon", "-f"]);
  const output = outputOf(follow);
  await seen(output, /line 1\n/);
  await home.killDaemon();
  appendFileSync(log, "line 2\n");
  await home.startDaemon();
  await seen(output, /line 2\n/);
  appendFileSync(log, "line 3\n");
  await seen(output, /line 3\n/);
  const lines = output.text.split("\n").filter((line) => /^line \d$/.test(line));
  expect(lines).toEqual(["line 1", "line 2", "line 3"]);
  expect(follow.exitCode).toBeNull();
});

function logsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
