import { describe, expect, test } from "vitest";
import { PLUGINS } from "../../../src/client/resources.ts";
import { openProgress } from "../../../src/cli/waiting/progress.ts";
import { parseFor } from "../../../src/cli/waiting/parse-for.ts";
import { waitFor } from "../../../src/cli/waiting/wait-for.ts";
import { fakeApi } from "../client/fake-api.ts";

const object = (name: string, ready: string, stalled = "False") => ({
  kind: "Plugin",
  metadata: { name, namespace: "default", resourceVersion: "7", generation: 1, uid: name },
  status: {
    observedGeneration: 1,
    conditions: [
      { type: "Ready", status: ready, reason: "R", message: "" },
      {
        type: "Stalled",
        status: stalled,
        reason: "BadConfig",
        message: "port is no number",
        observedGeneration: 1,
      },
    ],
  },
});

async function wait(
  listed: readonly unknown[],
  changed: readonly unknown[],
  timeoutMs: number | undefined,
  what = "condition=Ready",
) {
  const { client } = await fakeApi((request, response) => {
    if (request.url?.includes("watch=true") !== true) {
      response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, items: listed }));
      return;
    }
    response.flushHeaders();
    for (const item of changed)
      response.write(`${JSON.stringify({ type: "MODIFIED", object: item })}\n`);
  });
  const { judge } = parseFor(what);
  const items = ["a", "b"].map((name) => ({
    address: { resource: PLUGINS, namespace: "default", name },
    judge,
  }));
  const { state, verdicts } = await waitFor(client, items, { timeoutMs, onVerdict: () => {} });
  return { state, verdicts: items.map((item) => verdicts.get(item)?.state) };
}

describe("waitFor", () => {
  test("ends when all are met", async () => {
    const outcome = await wait(
      [object("a", "True"), object("b", "False")],
      [object("b", "True")],
      undefined,
    );
    expect(outcome).toEqual({ state: "met", verdicts: ["met", "met"] });
  });

  test("ends when one has failed for good, though others are still on their way", async () => {
    const outcome = await wait([object("a", "False")], [object("b", "False", "True")], undefined);
    expect(outcome).toEqual({ state: "failed", verdicts: ["waiting", "failed"] });
  });

  test("ends when time is up", async () => {
    const outcome = await wait([object("a", "True")], [], 100);
    expect(outcome).toEqual({ state: "timeout", verdicts: ["met", "waiting"] });
  });

  test("looks once when the timeout is 0", async () => {
    expect((await wait([object("a", "False")], [object("a", "True")], 0)).state).toBe("timeout");
    expect((await wait([], [], 0, "delete")).state).toBe("met");
  });
});

describe("progress", () => {
  const noStyle = (_: string, text: string) => text;

  test("is a line for each change where there is no terminal", () => {
    let text = "";
    const output = {
      isTTY: false,
      columns: 80,
      rows: 24,
      write: (more: string) => void (text += more),
    };
    const progress = openProgress(output, noStyle);
    progress.show("plugin/a", { state: "waiting", message: "start\u001B[0m" });
    progress.show("plugin/a", { state: "met", message: "Running" });
    progress.close();
    expect(text).toBe("plugin/a start?[0m\nplugin/a Running\n");
  });

  test("leaves the cursor shown, no listener, and the last picture on a terminal", () => {
    let text = "";
    const output = {
      isTTY: true,
      columns: 20,
      rows: 24,
      write: (more: string) => void (text += more),
    };
    const before = ["exit", "SIGINT", "SIGTERM"].map((name) => process.listenerCount(name));
    const progress = openProgress(output, noStyle);
    progress.show("plugin/a", { state: "waiting", message: "x".repeat(100) });
    progress.close();
    progress.close();
    expect(text.startsWith("\u001B[?25l")).toBe(true);
    expect(text.endsWith("\u001B[?25h")).toBe(true);
    expect(text.match(/plugin\/a x+/)?.[0].length).toBeLessThan(20);
    expect(["exit", "SIGINT", "SIGTERM"].map((name) => process.listenerCount(name))).toEqual(
      before,
    );
  });
});
