import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PortunixError } from "../../../src/base/errors.ts";
import { eventually } from "../../helpers/eventually.ts";
import {
  RuntimeHome,
  environmentOf,
  inState,
  isAlive,
  launchRequest,
  startReady,
} from "./harness.ts";

const STOP = { gracePeriodSeconds: 10, reason: "NotDesired" };

describe("a supervisor", () => {
  test("brings a plugin to ready and stops it, all of it", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const queued = await supervisor.start(launchRequest("healthy"));
    expect(queued.state).toBe("queued");
    const ready = await inState(supervisor, queued.id, "ready");
    expect(ready).toMatchObject({ key: "default/healthy", reason: "", message: "" });
    expect(isAlive(ready.pid)).toBe(true);
    expect(await supervisor.health(ready.id, AbortSignal.timeout(5000))).toMatchObject({
      serving: true,
    });
    const stopping = await supervisor.stop(ready.id, STOP);
    expect(["stopping", "exited"]).toContain(stopping?.state);
    const exited = await inState(supervisor, ready.id, "exited");
    expect(exited).toMatchObject({ exit: { code: 0, signal: undefined }, reason: "Exited" });
    expect(home.livingPids()).toEqual([]);
    expect(await supervisor.stop(ready.id, STOP)).toBeUndefined();
    expect(supervisor.list()).toEqual([]);
  });

  test("sees kill -9, and tells its listeners", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const seen: string[] = [];
    supervisor.onChange(({ state }) => seen.push(state));
    const ready = await startReady(supervisor, launchRequest("healthy"));
    process.kill(ready.pid ?? 0, "SIGKILL");
    const exited = await inState(supervisor, ready.id, "exited");
    expect(exited).toMatchObject({
      exit: { code: undefined, signal: "SIGKILL" },
      reason: "Exited",
    });
    expect(exited.message).toContain("SIGKILL");
    expect(seen.filter((state, index) => state !== seen[index - 1])).toEqual([
      "queued",
      "starting",
      "ready",
      "exited",
    ]);
  });

  test("tells the exit code of a plugin that ends by itself", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const atOnce = await supervisor.start(launchRequest("exits-at-once"));
    const later = await supervisor.start(launchRequest("crashes-after-ready"));
    const first = await inState(supervisor, atOnce.id, "exited");
    expect(first).toMatchObject({ exit: { code: 7 }, readyAtMs: undefined });
    const second = await inState(supervisor, later.id, "exited");
    expect(second).toMatchObject({ exit: { code: 3 }, readyAtMs: expect.any(Number) });
  });

  test("gives a plugin its environment by allow-list, its directories, and its log", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const request = launchRequest("healthy", {
      environment: { PORTUNIX_CONFIG_ENDPOINT: "x", PORTUNIX_INSTANCE_NONCE: "forged" },
      configFile: "/tmp/config.json",
    });
    const { id, pid, address } = await startReady(supervisor, request);
    const dataDir = join(home.directory, "data/healthy/0");
    const environment = environmentOf(pid ?? 0).filter((entry) => entry !== "");
    const nonces = environment.filter((entry) => entry.startsWith("PORTUNIX_INSTANCE_NONCE="));
    expect(nonces).toEqual([expect.stringMatching(/=[0-9a-f]{32}$/)]);
    expect(environment.filter((entry) => !nonces.includes(entry)).toSorted()).toEqual(
      [
        `PATH=${process.env["PATH"]}`,
        `PORTUNIX_CONFIG_ENDPOINT=x`,
        `PORTUNIX_CONFIG_FILE=/tmp/config.json`,
        `PORTUNIX_DATA_DIR=${dataDir}`,
        `PORTUNIX_INSTANCE_ID=${id}`,
        `PORTUNIX_PLUGIN_ADDRESS=${address}`,
        `PORTUNIX_PLUGIN_NAME=healthy`,
        `TEST_HOME=${home.directory}`,
      ].toSorted(),
    );
    const [log] = supervisor.logFiles("healthy");
    await eventually(() => expect(readFileSync(log?.path ?? "", "utf8")).toBe("listening\n"));
    expect(statSync(log?.path ?? "").mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    const record = join(home.directory, "run/p", id, "instance.json");
    expect(statSync(record).mode & 0o777).toBe(0o600);
    expect(readFileSync(record, "utf8")).not.toContain("PORTUNIX_CONFIG_ENDPOINT");
  });

  test("starts an ordinal once, and refuses another revision while it lives", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const request = launchRequest("healthy");
    const [one, two] = await Promise.all([supervisor.start(request), supervisor.start(request)]);
    expect(two.id).toBe(one.id);
    const refusal = await supervisor.start({ ...request, revision: "r2" }).catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(PortunixError);
    expect(refusal).toMatchObject({ code: "InstanceBusy" });
  });
});
