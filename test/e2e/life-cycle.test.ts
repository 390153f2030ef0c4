import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { E2eHome, REPOSITORY, isReady, kill, pidOf, pluginObject } from "../helpers/e2e-home.ts";
import { watchPlugins, type PluginWatch } from "../helpers/e2e-watch.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

const PHASES = ["Created", "Installed", "Enabled", "Started", "Running"];

describe("examples/plugins.yaml", () => {
  const home = new E2eHome(afterAll);
  const original = readFileSync(join(REPOSITORY, "examples", "plugins.yaml"), "utf8");
  let watch: PluginWatch;

  /** The example as a user edits it, in a place of its own. */
  const manifest = (edit: (text: string) => string = (text) => text): string =>
    home.write(
      "plugins.yaml",
      edit(original.replaceAll("./plugins/", `${REPOSITORY}/examples/plugins/`)),
    );

  const restore = (): Promise<string> => home.ok("apply", "-f", manifest(), "--wait");

  beforeAll(async () => {
    await home.startDaemon();
    watch = await watchPlugins(home, afterAll);
    await home.ok("apply", "-f", manifest(), "--wait", "--timeout", "60s");
  }, 60_000);

  test("is all Ready after one apply, services running and the tool at rest", async () => {
    const plugins = await home.plugins();
    const states = plugins.map(({ metadata, status }) => [metadata.name, status?.phase]);
    expect(Object.fromEntries(states)).toEqual({
      "log-tailer": "Running",
      "system-monitor": "Running",
      "text-tools": "Enabled",
    });
    expect(plugins.every(isReady)).toBe(true);
    expect(home.instances()).toHaveLength(2);
  });

  test("is printed by get, one as an object and all as a List", async () => {
    const one = await home.plugin("text-tools");
    const whole = "--show-managed-fields";
    expect(await home.json("get", "plugin", "text-tools", whole)).toEqual(one);
    type List = { readonly kind: string; readonly items: readonly object[] };
    const { kind, items } = await home.json<List>("get", "plugins", whole);
    expect(kind).toMatch(/List$/);
    expect(items).toHaveLength(3);
    expect(items).toContainEqual(one);
    expect(await home.ok("get", "plugins")).toMatch(/^NAME[^]*log-tailer[^]*text-tools/);
    const name = await home.ok("get", "plugin/text-tools", "-o", "name");
    expect(name.trim()).toContain("plugin/text-tools");
  });

  test("goes through the phases of the life cycle in their order", async () => {
    const name = "log-tailer";
    await eventually(() => {
      const phases = phasesOf(watch, name);
      const ranks = phases.map((phase) => PHASES.indexOf(phase));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(phases.at(-1)).toBe("Running");
      // Level-triggered: a status may pass over a state that lasted a moment, but it saw several.
      expect(phases.length).toBeGreaterThanOrEqual(3);
    });
    expect(PHASES).toEqual(expect.arrayContaining([...new Set(phasesOf(watch, name))]));
  });

  test("takes an edited setting to the plugin by one restart, and leaves the others alone", async () => {
    onTestFinished(async () => void (await restore()));
    const before = await home.pids();
    const seen = watch.events.length;
    const edited = manifest((text) => text.replace("intervalSeconds: 2", "intervalSeconds: 3"));
    await home.ok("apply", "-f", edited, "--wait");
    const after = await home.pids();
    expect(after["log-tailer"]).toBe(before["log-tailer"]);
    expect(after["system-monitor"]).not.toBe(before["system-monitor"]);
    const pids = watch.events
      .slice(seen)
      .filter(({ plugin }) => plugin.metadata.name === "system-monitor")
      .flatMap(({ plugin }) => plugin.status?.instances ?? [])
      .map(({ pid }) => pid ?? 0);
    const others = new Set(pids.filter((pid) => pid > 0 && pid !== before["system-monitor"]));
    expect([...others]).toEqual([after["system-monitor"]]);
    // What the user asked for is no crash.
    expect((await home.plugin("system-monitor")).status?.restarts).toBe(0);
  });

  test("changes no process by labels, annotations, probes or restart rules", async () => {
    onTestFinished(async () => void (await restore()));
    const before = await home.pids();
    const edited = manifest((text) =>
      text
        .replace("{ tier: core }", '{ tier: other }\n  annotations: { note: "edited" }')
        .replace("readiness: { periodSeconds: 2 }", "readiness: { periodSeconds: 7 }")
        .replace("  config:\n", "  restart: { maxDelaySeconds: 30 }\n  config:\n"),
    );
    await home.ok("apply", "-f", edited, "--wait");
    expect((await home.plugin("system-monitor")).metadata.annotations).toMatchObject({
      note: "edited",
    });
    expect(await home.pids()).toEqual(before);
  });

  test("applied a second time changes no process and no resourceVersion", async () => {
    const versions = async () =>
      (await home.plugins()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    const pids = await home.pids();
    const before = await versions();
    const output = await home.ok("apply", "-f", manifest(), "--wait");
    expect(output.match(/unchanged/g)).toHaveLength(3);
    expect(await versions()).toEqual(before);
    expect(await home.pids()).toEqual(pids);
  });

  test("differs from what runs by nothing, or by just what was edited", async () => {
    expect(await home.run(["diff", "-f", manifest()])).toMatchObject({ status: 0, stdout: "" });
    const edited = manifest((text) => text.replace("intervalSeconds: 2", "intervalSeconds: 4"));
    const { status, stdout } = await home.run(["diff", "-f", edited]);
    expect(status).toBe(1);
    const changed = stdout.split("\n").filter((line) => /^[-+] /.test(line));
    expect(changed.map((line) => line.replace(/\s+/g, " "))).toEqual([
      "- intervalSeconds: 2",
      "+ intervalSeconds: 4",
    ]);
    expect(await home.run(["diff", "-f", manifest()])).toMatchObject({ status: 0, stdout: "" });
  });

  test("is in sync by diff exactly when status says converged", async () => {
    const object = pluginObject("fragile", {
      source: { path: fixturePackage("healthy") },
      restart: { initialDelaySeconds: 600, maxDelaySeconds: 600 },
    });
    onTestFinished(async () => void (await home.ok("delete", "plugin", "fragile")));
    await home.apply([object], "--wait");
    const file = home.manifest(object);
    const ask = async () => ({
      diff: (await home.run(["diff", "-f", file])).status,
      status: (await home.run(["status", "--exit-code"])).status,
    });
    expect(await ask()).toEqual({ diff: 0, status: 0 });
    const first = await home.pid("fragile");
    await kill(first);
    const second = pidOf(
      await home.untilPlugin("fragile", (plugin) => isReady(plugin) && pidOf(plugin) !== first),
    );
    // The first restart is immediate; the second waits for ten minutes, and nothing may hide that.
    await kill(second);
    const dead = await ask();
    expect(dead.diff).toBe(1);
    expect(dead.status).not.toBe(0);
    expect((await home.run(["diff", "-f", file])).stdout).toContain("plugin/fragile");
  });
});

function phasesOf({ events }: PluginWatch, name: string): string[] {
  const phases = events
    .filter(({ plugin }) => plugin.metadata.name === name)
    .flatMap(({ plugin }) => plugin.status?.phase ?? []);
  return phases.filter((phase, index) => phase !== phases[index - 1]);
}
