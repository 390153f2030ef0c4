import { appendFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import {
  E2eHome,
  type PluginView,
  conditionOf,
  isAlive,
  isReady,
  pidOf,
  pluginObject,
} from "../helpers/e2e-home.ts";
import { watchPlugins } from "../helpers/e2e-watch.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

describe("dependencies", () => {
  const home = new E2eHome(afterAll);

  const plugin = (name: string, dependsOn: readonly string[] = [], spec: object = {}) =>
    pluginObject(name, {
      source: { path: fixturePackage("healthy") },
      dependsOn: dependsOn.map((dependency) => ({ name: dependency })),
      ...spec,
    });

  test("start first: nothing is launched before what it depends on is Ready", async () => {
    await home.startDaemon();
    const { events } = await watchPlugins(home);
    const objects = [plugin("c1", ["b1"]), plugin("b1", ["a1"]), plugin("a1")];
    await home.apply(objects, "--wait");
    const firstOf = (name: string, isSo: (view: PluginView) => boolean): number =>
      events.findIndex((event) => event.plugin.metadata.name === name && isSo(event.plugin));
    const isLaunched = ({ status }: PluginView) => (status?.instances ?? []).length > 0;
    await eventually(() => expect(firstOf("c1", isReady)).toBeGreaterThanOrEqual(0));
    for (const [dependent, dependency] of [
      ["b1", "a1"],
      ["c1", "b1"],
    ] as const) {
      expect(firstOf(dependency, isReady)).toBeGreaterThanOrEqual(0);
      expect(firstOf(dependent, isLaunched)).toBeGreaterThan(firstOf(dependency, isReady));
    }
    await home.ok("delete", "plugins", "--all");
  });

  test("stop last: nothing is stopped before what depends on it is gone", async () => {
    const slow = {
      source: { path: fixturePackage("ignores-sigterm") },
      terminationGracePeriodSeconds: 2,
    };
    await home.apply([plugin("a2"), plugin("b2", ["a2"], slow)], "--wait");
    const [a, b] = [await home.pid("a2"), await home.pid("b2")];
    const seen: string[] = [];
    const timer = setInterval(() => {
      // Read in this order, a dependency that is gone was gone when its dependent still lived.
      const isLow = isAlive(a);
      seen.push(`${isLow ? "a" : ""}${isAlive(b) ? "b" : ""}`);
    }, 10);
    try {
      await home.ok("delete", "plugin", "a2", "b2");
    } finally {
      clearInterval(timer);
    }
    expect([isAlive(a), isAlive(b)]).toEqual([false, false]);
    expect(seen).toContain("ab");
    expect(seen).not.toContain("b");
  });

  test("wake what waits for them, when they come", async () => {
    await home.apply([plugin("waiter", ["late"])]);
    const waiting = await home.untilPlugin("waiter", ({ status }) =>
      (status?.blockers ?? []).some(({ object }) => object === "plugin/late"),
    );
    expect(waiting.status?.instances).toEqual([]);
    expect(await home.ok("why", "waiter")).toContain("late");
    await home.apply([plugin("late")], "--wait");
    expect(isReady(await home.ready("waiter"))).toBe(true);
    await home.ok("delete", "plugins", "--all");
  });

  test("in a cycle stop exactly its members, while others go on", async () => {
    const objects = [
      plugin("x", ["y"]),
      plugin("y", ["z"]),
      plugin("z", ["x"]),
      plugin("outside", ["x"]),
      plugin("free"),
    ];
    await home.apply(objects);
    await home.ready("free");
    const reasonOf = async (name: string) => {
      const view = await home.plugin(name);
      return [conditionOf(view, "Stalled")?.status, conditionOf(view, "Ready")?.reason];
    };
    await eventually(async () => {
      for (const name of ["x", "y", "z"]) {
        expect(await reasonOf(name)).toEqual(["True", "DependencyCycle"]);
      }
      const [isStalled, reason] = await reasonOf("outside");
      expect(isStalled).toBe("False");
      expect(reason).not.toBe("DependencyCycle");
    });
    expect(home.instances()).toHaveLength(1);
    // Broken up, the cycle starts.
    await home.apply([plugin("z")]);
    for (const name of ["x", "y", "z", "outside"]) await home.ready(name);
    await home.ok("delete", "plugins", "--all");
  });

  test("on a package are met by a Ready plugin that runs a matching version", async () => {
    const needy = fixturePackage("healthy", { name: "needy" });
    appendFileSync(`${needy}/plugin.yaml`, '\ndependencies:\n  plugins:\n    - engine: ">=2 <3"\n');
    const provider = (version: string) =>
      plugin("provider", [], {
        source: { path: fixturePackage("healthy", { name: "engine", version }) },
      });
    await home.apply([provider("1.4.0"), plugin("needy", [], { source: { path: needy } })]);
    await home.ready("provider");
    const blocked = await home.untilPlugin("needy", ({ status }) =>
      JSON.stringify(status?.conditions ?? "").includes(">=2 <3"),
    );
    expect(blocked.status?.instances).toEqual([]);
    expect(JSON.stringify(blocked.status)).toContain("1.4.0");
    await home.apply([provider("2.1.0")]);
    expect(pidOf(await home.ready("needy"))).toBeGreaterThan(0);
    await home.ok("delete", "plugins", "--all");
  });
});
