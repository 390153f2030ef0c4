import { readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conditionOf, E2eHome, isAlive, isReady, kill } from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePlugin, whySays } from "./hard-times-kit.ts";

const MEBIBYTE = 1024 * 1024;
/** Ten of the log that is written to and as much of the one before it, and what is written between two looks. */
const LOG_MAX_BYTES = 64 * MEBIBYTE;

const home = new E2eHome(afterAll);
let healthyPid: number;

/** One home for all: they misbehave side by side. */
beforeAll(async () => {
  await home.apply([fixturePlugin(home, "healthy")], "--wait");
  healthyPid = await home.pid("healthy");
  const impatient = {
    probes: { startup: { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 3 } },
  };
  await home.apply([
    fixturePlugin(home, "never-ready", {
      ...impatient,
      terminationGracePeriodSeconds: 1,
      update: { progressDeadlineSeconds: 8 },
    }),
    fixturePlugin(home, "slow-to-answer", impatient),
    fixturePlugin(home, "exits-at-once"),
    fixturePlugin(home, "crashes-after-ready"),
    fixturePlugin(home, "lies-about-version"),
    fixturePlugin(home, "forks-away"),
    fixturePlugin(home, "floods-stderr"),
    fixturePlugin(home, "fills-data-dir"),
    fixturePlugin(home, "ignores-sigterm", { terminationGracePeriodSeconds: 1 }),
    fixturePlugin(home, "leaves-grandchild", { terminationGracePeriodSeconds: 1 }),
  ]);
});

describe("says what its plugin does wrong, and what comes next", () => {
  test.each([
    [
      "exits-at-once",
      [
        /CrashLoopBackOff: .*ended \d+ times in a row.*exited with code 7/,
        /^Next: restart instance 0 at /m,
        /^Try:  portunix logs exits-at-once/m,
      ],
    ],
    [
      "crashes-after-ready",
      [/CrashLoopBackOff: .*exited with code 3/, /^Next: restart instance 0 at /m],
    ],
    [
      "lies-about-version",
      [
        /InfoMismatch: .*says that it is lies-about-version 9\.9\.9, but its package is lies-about-version 1\.0\.0; correct one/,
      ],
    ],
    ["forks-away", [/ForkedAway: .*a plugin must stay in the foreground/]],
    ["slow-to-answer", [/no answer within 1 s/]],
    [
      "never-ready",
      [/NOT_SERVING/, /ProgressDeadlineExceeded: not Ready 8 s after the last change/],
    ],
  ])(
    "%s",
    async (name, wanted) => {
      await whySays(home, name, ...wanted);
      expect(conditionOf(await home.plugin(name), "Ready")?.status).toBe("False");
    },
    60_000,
  );
});

test("the log that shows why a plugin ended is at hand", async () => {
  expect(await home.ok("logs", "exits-at-once", "--tail", "1")).toBe("no use\n");
});

test("a plugin that forks away leaves no process, and none is doubled", async () => {
  await eventually(async () => {
    await home.ok("delete", "plugin", "forks-away", "--ignore-not-found");
    expect(home.instances().filter(({ dataDir }) => dataDir.includes("forks-away"))).toEqual([]);
  });
  const instances = home.instances();
  const directories = instances.map(({ dataDir }) => dataDir);
  expect(new Set(instances.map(({ id }) => id)).size).toBe(new Set(directories).size);
});

test("a log that is flooded stays within bounds, and its plugin stays Ready", async () => {
  await home.ready("floods-stderr");
  const directory = home.path("plugins", "logs", "floods-stderr");
  const sizeOf = (): number =>
    readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  const written = (): number => {
    const [{ pid } = { pid: 0 }] = home
      .instances()
      .filter(({ dataDir }) => dataDir.includes("floods-stderr"));
    return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
  };
  // Only when more than the bound has been written does the size prove anything.
  await eventually(() => expect(written()).toBeGreaterThan(4 * LOG_MAX_BYTES), 25_000);
  expect(sizeOf()).toBeLessThan(LOG_MAX_BYTES);
  expect(isReady(await home.plugin("floods-stderr"))).toBe(true);
  await home.ok("delete", "plugin", "floods-stderr");
}, 40_000);

test("a plugin that fills its data directory writes there alone, and stays Ready", async () => {
  await home.ready("fills-data-dir");
  const file = home.path("data", "fills-data-dir", "0", "filling");
  await eventually(() => expect(statSync(file).size).toBeGreaterThanOrEqual(64 * MEBIBYTE), 25_000);
  await eventually(async () =>
    expect(await home.ok("logs", "fills-data-dir")).toMatch(/cannot write to the data directory/),
  );
  expect(isReady(await home.plugin("fills-data-dir"))).toBe(true);
  await home.ok("delete", "plugin", "fills-data-dir");
  truncateSync(file);
}, 40_000);

test("a plugin that ignores SIGTERM is gone after its grace period, and so is every grandchild", async () => {
  await Promise.all([home.ready("ignores-sigterm"), home.ready("leaves-grandchild")]);
  const of = (name: string) => home.instances().filter(({ dataDir }) => dataDir.includes(name));
  const pids = [...of("ignores-sigterm"), ...of("leaves-grandchild")].map(({ pid }) => pid);
  expect(pids).toHaveLength(3);
  await home.ok("delete", "plugin", "ignores-sigterm", "leaves-grandchild", "--timeout", "20s");
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a grandchild in a session of its own goes with its plugin's crash", async () => {
  await home.apply([fixturePlugin(home, "leaves-grandchild")], "--wait");
  const before = home.instances().filter(({ dataDir }) => dataDir.includes("leaves-grandchild"));
  await kill(await home.pid("leaves-grandchild"));
  await eventually(() => expect(before.map(({ pid }) => pid).filter(isAlive)).toEqual([]));
  await home.ready("leaves-grandchild");
});

test("a plugin that stands still under SIGSTOP is not Ready, is replaced, and the others are not", async () => {
  const probe = { periodSeconds: 1, timeoutSeconds: 1 };
  const spec = {
    probes: {
      readiness: { ...probe, failureThreshold: 1 },
      liveness: { ...probe, failureThreshold: 3 },
    },
    terminationGracePeriodSeconds: 1,
  };
  await home.apply([fixturePlugin(home, "plugin-service-only", spec)], "--wait");
  const stopped = await home.pid("plugin-service-only");
  await kill(stopped, "SIGSTOP");
  await home.untilPlugin("plugin-service-only", (plugin) => !isReady(plugin));
  expect(await home.ok("why", "plugin-service-only")).toMatch(
    /no answer within 1 s|Unhealthy|stop/,
  );
  await eventually(() => expect(isAlive(stopped)).toBe(false), 25_000);
  await home.ready("plugin-service-only");
  expect(await home.pid("plugin-service-only")).not.toBe(stopped);
}, 60_000);

test("whatever they did, the healthy plugin and the daemon run on", async () => {
  expect(await home.pid("healthy")).toBe(healthyPid);
  expect(isReady(await home.plugin("healthy"))).toBe(true);
  await home.ok("delete", "plugins", "--all");
  expect(home.instances()).toEqual([]);
});
