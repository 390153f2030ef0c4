import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import type { PluginState } from "../../../src/manager/ports.ts";
import { MONITOR, NEVER, OTHER, writePackage } from "../registry/package-samples.ts";
import { openManager } from "./manager-home.ts";

const BUSY = { code: "InstanceBusy" };
const CONFLICT = { code: "Conflict" };

describe("PluginManager", () => {
  test("brings a plugin up step by step and down again, leaving nothing", async () => {
    const home = await openManager();
    const { manager, supervisor } = home;
    expect((await home.install()).observed).toMatchObject({
      installed: { name: "monitor", version: "1.0.0" },
      isEnabled: false,
      configDigest: "",
      instances: [],
    });
    expect((await home.prepare()).observed).toMatchObject({
      isEnabled: true,
      configDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    const [instance] = (await home.start()).observed.instances;
    expect(instance).toMatchObject({ ordinal: 0, revision: "r1", state: "starting" });
    const id = instance?.id ?? "";
    expect((await home.stop(id)).observed.instances).toMatchObject([{ state: "stopping" }]);
    supervisor.end(id);
    expect((await home.stop(id)).observed.instances).toEqual([]);
    await manager.disable(MONITOR);
    const gone = await manager.uninstall(MONITOR);
    expect(gone.observed).toEqual({
      state: "known",
      installed: undefined,
      isEnabled: false,
      configDigest: "",
      instances: [],
    });
    expect(await manager.list()).toEqual([]);
    for (const directory of ["enabled", "configs", "installed/.store"]) {
      expect(readdirSync(join(home.plugins, directory))).toEqual([]);
    }
  });

  test("launches the installed files with the configuration as file and environment", async () => {
    const home = await openManager();
    await home.prepare();
    await home.start();
    const [request] = home.supervisor.launched;
    expect(request).toMatchObject({
      key: MONITOR,
      diskName: "monitor",
      packageName: "monitor",
      packageVersion: "1.0.0",
      runtime: { main: "./main" },
      configFile: join(home.plugins, "configs", "monitor.json"),
      environment: { PORTUNIX_CONFIG_TIMEOUT_SECONDS: "30" },
    });
    expect(request?.packageDir).toContain("installed/.store/sha256-");
    // A secret is in the file alone, and the file is for nobody else.
    expect(JSON.stringify(request?.environment)).not.toContain("s3cret");
    const file = request?.configFile ?? "";
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ timeoutSeconds: 30, token: "s3cret" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("refuses a step whose ground is missing", async () => {
    const home = await openManager();
    const { manager } = home;
    await expect(manager.enable(MONITOR)).rejects.toMatchObject(CONFLICT);
    await expect(manager.configure(MONITOR, {})).rejects.toMatchObject(CONFLICT);
    await expect(home.start()).rejects.toMatchObject(CONFLICT);
    await home.install();
    await expect(home.start()).rejects.toThrow(/not enabled/);
    await manager.enable(MONITOR);
    await expect(home.start()).rejects.toThrow(/not configured/);
    await manager.configure(MONITOR, {});
    await home.start();
  });

  test("starts an instance once, however often it is asked", async () => {
    const home = await openManager();
    await home.prepare();
    const answers = await Promise.all([home.start(), home.start(), home.start()]);
    expect(home.supervisor.launched).toHaveLength(1);
    const ids = answers.map(({ observed }) => observed.instances[0]?.id);
    expect(new Set(ids)).toEqual(new Set(["00000001"]));
    await home.start("r1", MONITOR, 1);
    expect(home.supervisor.launched).toHaveLength(2);
  });

  test("starts no second instance beside one that lives, stops, or is still remembered", async () => {
    const home = await openManager();
    await home.prepare();
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    await expect(home.start("r2")).rejects.toMatchObject(BUSY);
    await home.stop(id);
    await expect(home.start("r1")).rejects.toMatchObject(BUSY);
    home.supervisor.end(id);
    await expect(home.start("r2")).rejects.toMatchObject(BUSY);
    await home.stop(id);
    await home.start("r2");
    expect(home.supervisor.launched).toHaveLength(2);
  });

  test("neither disables nor uninstalls what runs, and forgets what has ended", async () => {
    const home = await openManager();
    const { manager, supervisor } = home;
    await home.prepare();
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    await expect(manager.disable(MONITOR)).rejects.toMatchObject(BUSY);
    await expect(manager.uninstall(MONITOR)).rejects.toMatchObject(BUSY);
    supervisor.end(id);
    expect((await manager.uninstall(MONITOR)).observed.instances).toEqual([]);
    expect(supervisor.list()).toEqual([]);
  });

  test("stops an instance only in the name of its own plugin", async () => {
    const home = await openManager();
    await home.prepare();
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    await home.stop(id, OTHER);
    await home.stop("ffffffff");
    expect(home.supervisor.list()).toMatchObject([{ state: "starting" }]);
  });

  test("keeps the old files while an old instance runs, and lets them go with it", async () => {
    const home = await openManager();
    await home.prepare();
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    const old = home.supervisor.launched[0]?.packageDir ?? "";
    writePackage(home.source, { version: "1.1.0" });
    expect((await home.install()).observed.installed?.version).toBe("1.1.0");
    expect(existsSync(join(old, "main"))).toBe(true);
    home.supervisor.end(id);
    await eventually(() => expect(existsSync(old)).toBe(false));
    expect(readdirSync(join(home.plugins, "installed"))).toEqual([".store", "monitor-v1.1.0"]);
  });

  test("tells of every change in order, and of nothing twice", async () => {
    const home = await openManager();
    await home.install(OTHER);
    const told: PluginState[] = [];
    const { initial, close } = home.manager.watch((state) => told.push(state));
    expect(initial.map(({ key }) => key)).toEqual([OTHER]);
    await home.prepare();
    await home.manager.enable(MONITOR);
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    home.supervisor.change(id, { state: "ready", readyAtMs: 5 });
    home.supervisor.end(id);
    await home.stop(id);
    await home.manager.uninstall(MONITOR);
    const sequences = [...initial, ...told].map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    expect(told.map(({ observed }) => observed.instances[0]?.state ?? observed.isEnabled)).toEqual([
      false,
      true,
      true,
      "starting",
      "ready",
      "exited",
      true,
      false,
    ]);
    close();
    await home.manager.uninstall(OTHER);
    expect(told).toHaveLength(8);
  });

  test("numbers changes higher after a restart, and knows what was there", async () => {
    const home = await openManager();
    const before = await home.prepare();
    const again = await openManager(home);
    const [after] = await again.manager.list();
    expect(after?.observed).toEqual(before.observed);
    expect(after?.sequence).toBeGreaterThan(before.sequence);
  });

  test("lists instances of plugins that the registry does not know, so that they can be stopped", async () => {
    const home = await openManager();
    await home.prepare();
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    for (const name of ["registry.json", "enabled/monitor", "configs/monitor.json"]) {
      rmSync(join(home.plugins, name));
    }
    const again = await openManager(home);
    expect(await again.manager.list()).toMatchObject([
      { key: MONITOR, observed: { installed: undefined, isEnabled: false, instances: [{ id }] } },
    ]);
    expect((await again.stop(id)).observed.instances).toMatchObject([{ state: "stopping" }]);
  });

  test("sees what was changed behind its back when it is asked for all", async () => {
    const home = await openManager();
    const { observed } = await home.prepare();
    const file = join(home.plugins, "configs", "monitor.json");
    writeFileSync(file, '{"timeoutSeconds":31}');
    const told: PluginState[] = [];
    home.manager.watch((state) => told.push(state));
    const [changed] = await home.manager.list();
    expect(changed?.observed.configDigest).not.toBe(observed.configDigest);
    expect(told).toHaveLength(1);
    writeFileSync(file, '{"timeoutSeconds":');
    await home.manager.list();
    await expect(home.start()).rejects.toThrow(/not configured/);
    expect(told.at(-1)?.observed.configDigest).toBe("");
    rmSync(join(home.plugins, "installed"), { recursive: true });
    const [lost] = await home.manager.list();
    expect(lost?.observed.installed).toBeUndefined();
    expect((await home.prepare()).observed).toEqual(observed);
  });

  test("takes a configuration of 1 MiB and no more", async () => {
    const home = await openManager();
    await home.install();
    const large = { text: "x".repeat(1024 * 1024) };
    await expect(home.manager.configure(MONITOR, large)).rejects.toMatchObject({
      code: "RequestTooLarge",
    });
    expect(readdirSync(join(home.plugins, "configs"))).toEqual([]);
  });

  test("asks the living instances for their health", async () => {
    const home = await openManager();
    await home.prepare();
    const id = (await home.start()).observed.instances[0]?.id ?? "";
    expect(await home.manager.health(MONITOR, NEVER)).toEqual([
      { id, serving: true, message: id, latencyMs: 0.5 },
    ]);
    expect(await home.manager.health(OTHER, NEVER)).toEqual([]);
  });

  test("serves a hundred plugins of one package at once", async () => {
    const home = await openManager();
    const keys = Array.from({ length: 100 }, (_, index) => `default/p${index}` as typeof MONITOR);
    await Promise.all(
      keys.map(async (key) => {
        await home.prepare(key);
        await home.start("r1", key);
      }),
    );
    expect(await home.manager.list()).toHaveLength(100);
    expect(readdirSync(join(home.plugins, "installed/.store"))).toHaveLength(1);
    expect(readdirSync(join(home.plugins, "enabled"))).toHaveLength(100);
  });
});
