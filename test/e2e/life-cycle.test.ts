import { afterAll, describe, expect, test } from "vitest";
import { E2eHome, isReady } from "../helpers/e2e-home.ts";

describe("the main job", () => {
  const home = new E2eHome(afterAll);
  test("brings examples/plugins.yaml to Ready by one command", async () => {
    await home.ok(
      "apply",
      "-f",
      new URL("../../examples/plugins.yaml", import.meta.url).pathname,
      "--wait",
    );
    const plugins = await home.plugins();
    expect(plugins.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      "log-tailer",
      "system-monitor",
      "text-tools",
    ]);
    expect(plugins.filter((plugin) => !isReady(plugin))).toEqual([]);
  });
});
