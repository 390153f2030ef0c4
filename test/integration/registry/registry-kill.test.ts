import { fork } from "node:child_process";
import { once } from "node:events";
import { lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { bundleForNode } from "../../helpers/bundle.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { openRegistry, writePackage } from "./package-samples.ts";

const CHURN = new URL("./churn.ts", import.meta.url).pathname;
const KILLS = 12;

describe("a registry whose daemon is killed at any moment", () => {
  test("is sound and whole when it is opened again, every time", { timeout: 120_000 }, async () => {
    const home = tempDir();
    const plugins = join(home, "plugins");
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`lib/${index}.js`, "x".repeat(1000)]),
    );
    const sources = ["1.0.0", "1.1.0"].map((version) =>
      writePackage(join(home, version), { version, files }),
    );
    const program = await bundleForNode(CHURN);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = fork(program, [plugins, ...sources], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      const ended = once(child, "exit");
      await once(child, "message");
      // The moment of the kill is what the test is about; it waits for nothing.
      await delay(7 * kill);
      child.kill("SIGKILL");
      const [, signal] = (await ended) as [number | null, string | null];
      expect(signal).toBe("SIGKILL");
      await expectSound(plugins);
    }
  });
});

/** What the directory says is what the registry says, and nothing else lies there. */
async function expectSound(plugins: string): Promise<void> {
  const registry = await openRegistry(plugins);
  const listed = registry.list();
  expect(readdirSync(plugins).filter((name) => /bad|tmp/.test(name))).toEqual([]);
  const used = new Set(
    listed.map(({ installed }) => installed?.digest.replace(":", "-") ?? "none"),
  );
  expect(new Set(readdirSync(join(plugins, "installed", ".store")))).toEqual(used);
  const enabled = listed.filter(({ isEnabled }) => isEnabled);
  expect(readdirSync(join(plugins, "enabled")).toSorted()).toEqual(
    enabled.map(({ key }) => key.replace("default/", "")).toSorted(),
  );
  for (const { key, installed } of enabled) {
    const link = join(plugins, "enabled", key.replace("default/", ""));
    expect(readlinkSync(link)).toBe(`../installed/monitor-v${installed?.version}`);
    expect(statSync(join(link, "plugin.yaml")).isFile()).toBe(true);
  }
  for (const { key } of listed) {
    const { directory } = await registry.launchable(key);
    expect(lstatSync(join(directory, "lib", "19.js")).size).toBe(1000);
  }
}
