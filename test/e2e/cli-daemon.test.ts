import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { tempDir } from "../helpers/temp-dir.ts";
import { type CliResult, runCli } from "./run-cli.ts";

const TOOL = fileURLToPath(new URL("../../examples/plugins/text-tools", import.meta.url));
const MONITOR = fileURLToPath(new URL("../../examples/plugins/system-monitor", import.meta.url));

const plugin = (name: string, path: string, more = "") =>
  `apiVersion: portunix.ai/v1alpha1\nkind: Plugin\nmetadata: {name: ${name}}\nspec:\n  source: {path: ${path}}\n${more}`;

/** A home of its own; its daemon and plugins are gone when the test ends. */
function freshHome(): (args: readonly string[], stdin?: string) => Promise<CliResult> {
  const home = join(tempDir(), "h");
  const env = { PORTUNIX_AUTOSTART: "1" };
  onTestFinished(async () => {
    await runCli(["delete", "plugins", "--all", "--timeout=60s"], { home });
    await runCli(["daemon", "stop"], { home });
  });
  return (args, stdin) => runCli(args, { home, env, ...(stdin === undefined ? {} : { stdin }) });
}

describe("with a daemon that starts by itself", () => {
  test("brings a plugin up, explains it, stops and removes it", async () => {
    const cli = freshHome();
    const text = plugin("mon", MONITOR, "  permissions: {filesystem: {read: [/proc]}}\n");
    const applied = await cli(["apply", "-f", "-", "--wait", "--timeout=60s"], text);
    expect(applied).toMatchObject({ code: 0, stdout: "plugin/mon created\n" });
    expect(applied.stderr).toMatch(/plugin\/mon Running\n$/);
    expect(await cli(["diff", "-f", "-"], text)).toMatchObject({ code: 0, stdout: "" });
    expect((await cli(["status", "--exit-code"])).code).toBe(0);
    expect((await cli(["why", "mon"])).stdout).toContain("plugin/mon is ready: Running\n");
    expect((await cli(["describe", "plugin", "mon"])).stdout).toMatch(
      /Package:\n {2}name: system-monitor/,
    );
    expect((await cli(["plugin", "health", "mon"])).code).toBe(0);
    expect((await cli(["logs", "mon", "--tail=5"])).stdout).not.toBe("");
    expect((await cli(["events", "--for", "mon"])).stdout).toContain("plugin/mon");
    expect((await cli(["plugin", "stop", "mon"])).stdout).toBe("plugin/mon stopped\n");
    expect((await cli(["get", "plugin", "mon"])).stdout).toMatch(/True +Stopped/);
    expect((await cli(["plugin", "start", "mon"])).stdout).toBe("plugin/mon started\n");
    expect((await cli(["plugin", "uninstall", "mon"])).stdout).toBe("plugin/mon deleted\n");
  });

  test("two commands at once make one daemon, and both succeed", async () => {
    const cli = freshHome();
    const both = await Promise.all(
      ["a", "b"].map((name) =>
        cli(["apply", "-f", "-", "--wait", "--timeout=60s"], plugin(name, TOOL)),
      ),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const { stdout } = await cli(["get", "plugins", "-o", "name"]);
    expect(stdout).toBe("plugin/a\nplugin/b\n");
  });

  test("fails fast on what cannot come to be, and why tells the root and the remedy", async () => {
    const cli = freshHome();
    const text = `${plugin("needy", MONITOR, "  permissions: {filesystem: {read: [/proc]}}\n  dependsOn: [{name: picky}]\n")}---\n${plugin("picky", TOOL, '  version: ">=99"\n')}`;
    const result = await cli(["apply", "-f", "-", "--wait", "--timeout=120s"], text);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /Error: plugin\/picky failed: VersionMismatch: .*; see: portunix why picky\n/,
    );
    expect((await cli(["wait", "plugin/picky", "--timeout=60s"])).code).toBe(1);
    expect((await cli(["status", "--exit-code"])).code).toBe(14);
    const why = (await cli(["why", "needy"])).stdout;
    expect(why).toMatch(/because DependencyNotReady \(plugin\/picky\)/);
    expect(why).toMatch(/because VersionMismatch/);
    expect(why).toMatch(/^Try: {2}portunix plugin info picky/m);
  });

  test("installs a package by its path and own name", async () => {
    const cli = freshHome();
    const installed = await cli(["plugin", "install", TOOL]);
    expect(installed).toMatchObject({ code: 0, stdout: "plugin/text-tools created\n" });
    expect((await cli(["plugin", "list"])).stdout).toMatch(/text-tools .*Installed/);
    expect((await cli(["plugin", "enable", "text-tools"])).stdout).toBe(
      "plugin/text-tools enabled\n",
    );
    expect((await cli(["plugin", "install", TOOL])).code).toBe(73);
  });

  test("shows the last words of a daemon that cannot start", async () => {
    const home = join(tempDir(), "file");
    writeFileSync(home, "not a directory");
    const result = await runCli(["daemon", "start"], { home });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain(home);
  });

  test("stops the daemon, and the next one finds the objects", async () => {
    const cli = freshHome();
    await cli(["apply", "-f", "-", "--wait", "--timeout=60s"], plugin("kept", TOOL));
    expect((await cli(["daemon", "stop"])).stdout).toMatch(
      /^daemon stopped \(pid \d+\); plugins go on running\n$/,
    );
    expect((await cli(["daemon", "status"])).code).toBe(69);
    expect((await cli(["get", "plugins", "-o", "name"])).stdout).toBe("plugin/kept\n");
    expect((await cli(["daemon", "start"])).stdout).toMatch(/^daemon already running: pid \d+/);
  });
});
