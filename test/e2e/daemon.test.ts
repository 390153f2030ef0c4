import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { E2eHome, isAlive, isReady, pluginObject } from "../helpers/e2e-home.ts";
import { isServing } from "../helpers/e2e-grpc.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

const healthy = (name: string) =>
  pluginObject(name, { source: { path: fixturePackage("healthy") } });

describe("the daemon", () => {
  test("is started by apply, leaves plugins running when stopped, and takes them over again", async () => {
    const home = new E2eHome();
    await home.apply([healthy("kept")], "--wait");
    const before = await home.plugin("kept");
    const daemon = await home.daemonPid();
    expect(await home.ok("daemon", "stop")).toContain(`pid ${daemon}`);
    expect(isAlive(daemon)).toBe(false);
    expect(existsSync(home.path("run", "api.sock"))).toBe(false);
    const [instance] = before.status?.instances ?? [];
    expect(await isServing(instance?.address ?? "")).toBe(true);
    await home.startDaemon();
    const after = await home.ready("kept");
    expect(after.status?.instances).toEqual(before.status?.instances);
    expect(after.status?.restarts).toBe(0);
    expect(await home.daemonPid()).not.toBe(daemon);
  });

  test("is not started by a command where PORTUNIX_AUTOSTART=0", async () => {
    const home = new E2eHome();
    const file = home.manifest(healthy("refused"));
    const { status, stderr } = await home.run(["apply", "-f", file], {
      env: { PORTUNIX_AUTOSTART: "0" },
    });
    expect(status).toBe(69);
    expect(stderr).toContain("portunix daemon start");
    expect(home.processes()).toEqual([]);
  });

  test("is one, however many commands start it at once", async () => {
    const home = new E2eHome();
    const files = ["one", "two", "three"].map((name) =>
      home.write(`${name}.yaml`, JSON.stringify(healthy(name))),
    );
    const results = await Promise.all(
      files.map((file) => home.run(["apply", "-f", file, "--wait"])),
    );
    expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
    const daemons = home
      .processes()
      .filter(({ environment }) => !environment.has("PORTUNIX_INSTANCE_NONCE"));
    expect(daemons.map(({ pid }) => pid)).toEqual([await home.daemonPid()]);
    const plugins = await home.plugins();
    expect(plugins.filter(isReady)).toHaveLength(3);
    expect(home.instances()).toHaveLength(3);
  });

  test("says who it is, by daemon status", async () => {
    const home = new E2eHome();
    const none = await home.run(["daemon", "status", "-o", "json"]);
    expect(none.status).toBe(69);
    await home.startDaemon();
    const info = await home.json<object>("daemon", "status");
    expect(info).toMatchObject({
      home: home.directory,
      socket: home.path("run", "api.sock"),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    const again = await home.startDaemon();
    expect(again).toContain("already running");
  });
});
