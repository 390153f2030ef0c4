import { afterAll, describe, expect, test } from "vitest";
import {
  E2eHome,
  conditionOf,
  isAlive,
  isReady,
  kill,
  pidOf,
  pluginObject,
} from "../helpers/e2e-home.ts";
import { watchPlugins } from "../helpers/e2e-watch.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

describe("healing", () => {
  const home = new E2eHome(afterAll);

  test("replaces a killed plugin at once, and counts it", async () => {
    const name = "victim";
    const spec = {
      source: { path: fixturePackage("healthy") },
      // Any wait at all would outlast the test.
      restart: { initialDelaySeconds: 3600, maxDelaySeconds: 3600 },
    };
    await home.apply([pluginObject(name, spec)], "--wait");
    const before = await home.plugin(name);
    expect(before.status?.restarts).toBe(0);
    await kill(pidOf(before));
    const after = await home.untilPlugin(
      name,
      (plugin) => isReady(plugin) && pidOf(plugin) !== pidOf(before),
    );
    expect(after.status?.restarts).toBe(1);
    expect(after.metadata.generation).toBe(before.metadata.generation);
    const events = await home.ok("events", "--for", `plugin/${name}`);
    expect(events).toMatch(/SIGKILL/);
  });

  test("waits longer and longer between restarts of a plugin that keeps crashing", async () => {
    const name = "crasher";
    await home.startDaemon();
    const { events } = await watchPlugins(home);
    await home.apply([pluginObject(name, { source: { path: fixturePackage("exits-at-once") } })]);
    const restartTimes = () => {
      const times = events
        .filter(({ plugin }) => plugin.metadata.name === name)
        .filter(({ plugin }) => conditionOf(plugin, "Ready")?.reason === "CrashLoopBackOff")
        .flatMap(({ plugin }) => Date.parse(plugin.status?.nextActionTime ?? ""));
      return [...new Set(times)];
    };
    const [first = 0, second = 0, third = 0] = await eventually(() => {
      expect(restartTimes().length).toBeGreaterThanOrEqual(3);
      return restartTimes();
    });
    // Waits of 1, 2 and 4 seconds, give or take a tenth; what lies between two times is the later wait.
    expect(second - first).toBeGreaterThanOrEqual(1800);
    expect(third - second).toBeGreaterThanOrEqual(3600);
    const why = await home.ok("why", name);
    expect(why).toContain("CrashLoopBackOff");
    expect(why).toMatch(/restart instance 0/);
    // The user's own change does not have to wait.
    const spec = { source: { path: fixturePackage("healthy") }, version: "*" };
    await home.apply([pluginObject(name, spec)], "--wait", "--timeout", "20s");
    expect(isReady(await home.plugin(name))).toBe(true);
  });

  test("replaces a plugin that hangs, by its liveness", async () => {
    const name = "frozen";
    const probe = { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 };
    const spec = {
      source: { path: fixturePackage("healthy") },
      terminationGracePeriodSeconds: 1,
      probes: { liveness: probe },
    };
    await home.apply([pluginObject(name, spec)], "--wait");
    const stuck = await home.pid(name);
    await kill(stuck, "SIGSTOP");
    const after = await home.untilPlugin(
      name,
      (plugin) => isReady(plugin) && pidOf(plugin) !== stuck,
    );
    expect(isAlive(stuck)).toBe(false);
    expect(after.status?.restarts).toBe(1);
    expect(await home.ok("events", "--for", `plugin/${name}`)).toMatch(/Unhealthy .*health check/);
  });
});
