import { spawn } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { E2eHome, REPOSITORY, conditionOf, isAlive, pluginObject } from "../helpers/e2e-home.ts";
import { type GrpcClient, pluginClient, toolsClient } from "../helpers/e2e-grpc.ts";
import { eventually } from "../helpers/eventually.ts";
import { tempDir } from "../helpers/temp-dir.ts";

interface ToolAnswer {
  readonly result: string;
  readonly status: string;
  readonly errorMessage: string;
}

const packageOf = (name: string) => ({ path: join(REPOSITORY, "examples", "plugins", name) });
const monitor = () =>
  pluginObject("system-monitor", {
    source: packageOf("system-monitor"),
    config: { intervalSeconds: 1 },
    permissions: { filesystem: { read: ["/proc"] } },
  });

describe("the examples", () => {
  const home = new E2eHome(afterAll);

  const addressOf = async (name: string): Promise<string> =>
    (await home.plugin(name)).status?.instances?.[0]?.address ?? "";

  test("system-monitor samples this machine, by command and by tool", async () => {
    await home.apply([monitor()], "--wait");
    const address = await addressOf("system-monitor");
    const plugin = pluginClient(address);
    await expectContract(plugin, "system-monitor");
    const { result } = await plugin.call<ToolAnswer>("Execute", { command: "sample" });
    const sample = JSON.parse(result) as Record<string, number>;
    expect(sample["processes"]).toBeGreaterThan(1);
    expect(sample["uptimeSeconds"]).toBeGreaterThan(0);
    const tools = toolsClient(address);
    const { tools: list } = await tools.call<{ tools: { name: string }[] }>("ListTools");
    expect(list.map(({ name }) => name)).toEqual(["get_system_sample"]);
    const called = await tools.call<ToolAnswer>("CallTool", { toolName: "get_system_sample" });
    expect(called.status).toBe("SUCCESS");
    expect(JSON.parse(called.result)).toHaveProperty("memoryUsedPercent");
    // It goes on sampling, and says so in its log.
    await eventually(async () =>
      expect(await home.ok("logs", "system-monitor")).toContain('"sample"'),
    );
    const pid = await home.pid("system-monitor");
    await home.ok("delete", "plugin", "system-monitor");
    expect(isAlive(pid)).toBe(false);
  });

  test("log-tailer counts what is written to a log while it runs", async () => {
    const directory = tempDir();
    const log = join(directory, "app.log");
    writeFileSync(log, "old line, not counted\n");
    const tailer = pluginObject("log-tailer", {
      source: packageOf("log-tailer"),
      config: { paths: [log], pollSeconds: 0.05 },
      permissions: { filesystem: { read: ["/var/log"] } },
      dependsOn: [{ name: "system-monitor" }],
    });
    await home.apply([tailer, monitor()], "--wait");
    const plugin = pluginClient(await addressOf("log-tailer"));
    await expectContract(plugin, "log-tailer");
    appendFileSync(log, "ERROR: one\nWARN two\nplain\nERROR three\n");
    await eventually(async () => {
      const { result } = await plugin.call<ToolAnswer>("Execute", { command: "counts" });
      expect(JSON.parse(result)).toEqual([
        { path: log, lines: 4, levels: { erro: 2, warn: 1, none: 1 } },
      ]);
    });
    const answer = await plugin.call<ToolAnswer>("Execute", { command: "nonsense" });
    expect(answer.status).toBe("ERROR");
    await home.ok("delete", "plugins", "--all");
    expect(home.instances()).toEqual([]);
  });

  test("text-tools rests Enabled and Ready without a process, and runs when wanted", async () => {
    const source = packageOf("text-tools");
    await home.apply([pluginObject("text-tools", { source })], "--wait");
    const resting = await home.plugin("text-tools");
    expect(resting.status).toMatchObject({ phase: "Enabled", instances: [] });
    expect(conditionOf(resting, "Ready")).toMatchObject({ status: "True", reason: "Enabled" });
    expect(home.instances()).toEqual([]);
    await home.ok("plugin", "start", "text-tools");
    await home.untilPlugin("text-tools", ({ status }) => status?.phase === "Running");
    await expectTextTools(await addressOf("text-tools"));
    await home.ok("delete", "plugin", "text-tools");
    expect(existsSync(home.path("plugins", "installed", "text-tools-v1.0.0"))).toBe(false);
    expect(home.instances()).toEqual([]);
  });

  test("text-tools serves where PORTUNIX_PLUGIN_ADDRESS says, and ends by Shutdown", async () => {
    const address = `unix:${join(tempDir(), "s")}`;
    const main = join(REPOSITORY, "examples", "plugins", "text-tools", "dist", "main.mjs");
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env["PATH"] ?? "", PORTUNIX_PLUGIN_ADDRESS: address },
      stdio: "ignore",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await eventually(() => expectTextTools(address));
    await expectContract(pluginClient(address), "text-tools");
    await pluginClient(address).call("Shutdown", {});
    await eventually(() => expect(child.exitCode).toBe(0));
  });
});

async function expectContract(plugin: GrpcClient, name: string): Promise<void> {
  const { info } = await plugin.call<{ info: object }>("GetInfo");
  expect(info).toMatchObject({ name, version: "1.0.0" });
  expect(await plugin.call("HealthCheck")).toEqual({ status: "SERVING" });
}

async function expectTextTools(address: string): Promise<void> {
  const plugin = pluginClient(address);
  const words = await plugin.call<ToolAnswer>("Execute", { command: "words", args: ["a b", "c"] });
  expect(words).toMatchObject({ result: "3", status: "SUCCESS" });
  const tools = toolsClient(address);
  const { tools: list } = await tools.call<{ tools: { name: string; schema: string }[] }>(
    "ListTools",
  );
  expect(list.map((tool) => tool.name)).toEqual(["hash_text", "format_json"]);
  const call = (toolName: string, args: object) =>
    tools.call<ToolAnswer>("CallTool", { toolName, arguments: JSON.stringify(args) });
  expect((await call("hash_text", { text: "abc" })).result).toMatch(/^ba7816bf/);
  expect(JSON.parse((await call("format_json", { text: '{"b":1,"a":2}' })).result)).toEqual({
    a: 2,
    b: 1,
  });
  expect((await call("format_json", { text: "{" })).status).toBe("ERROR");
  expect((await call("no_such_tool", {})).status).toBe("NOT_FOUND");
}
