import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { ProcessTable } from "../../../src/runtime/process-table.ts";
import { ProcessTree } from "../../../src/runtime/process-tree.ts";
import { eventually } from "../../helpers/eventually.ts";

const NONCE = "0f".repeat(16);

function sleeper(environment: Record<string, string> = {}): { pid: number; kill(): void } {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore", env: environment });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { pid: child.pid ?? 0, kill: () => void child.kill("SIGKILL") };
}

describe("the process table", () => {
  test("knows a process by pid, start time and boot id together", () => {
    const table = new ProcessTable();
    const identity = table.identify(sleeper().pid);
    if (identity === undefined) throw new Error("the process is not seen");
    expect(table.isAlive(identity)).toBe(true);
    expect(table.isAlive({ ...identity, startTime: identity.startTime - 1 })).toBe(false);
    expect(table.isAlive({ ...identity, bootId: "another" })).toBe(false);
  });

  test("takes a zombie for dead", async () => {
    const table = new ProcessTable();
    // The shell starts a child, replaces itself, and so never waits for it.
    const script = 'sleep 0.3 & echo "$!"; exec sleep 60';
    const parent = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    await eventually(() => expect(table.identify(pid)).toBeUndefined());
    expect(process.kill(pid, 0)).toBe(true);
  });

  test("finds by nonce, tells strangers, and cannot tell without an environment", async () => {
    const table = new ProcessTable();
    const ours = sleeper({ PORTUNIX_INSTANCE_NONCE: NONCE }).pid;
    const stranger = sleeper({ NOT_PORTUNIX_INSTANCE_NONCE: NONCE }).pid;
    const bare = sleeper().pid;
    expect((await table.scanNonces()).get(NONCE)).toMatchObject([{ pid: ours }]);
    expect(table.carries(ours, NONCE, "0a0b0c0d")).toBe(true);
    expect(table.carries(stranger, NONCE, "0a0b0c0d")).toBe(false);
    expect(table.carries(bare, NONCE, "0a0b0c0d")).toBeUndefined();
  });

  test("finds by nonce behind a variable that holds the nonce's name", async () => {
    const table = new ProcessTable();
    const { pid } = sleeper({
      "0": `PORTUNIX_INSTANCE_NONCE=${"0e".repeat(16)}`,
      PORTUNIX_INSTANCE_NONCE: NONCE,
    });
    expect((await table.scanNonces()).get(NONCE)).toMatchObject([{ pid }]);
  });

  test("a tree does not signal a process that has got the pid of its leader", () => {
    const table = new ProcessTable();
    const { pid } = sleeper();
    const identity = table.identify(pid);
    if (identity === undefined) throw new Error("the process is not seen");
    const recycled = { ...identity, startTime: identity.startTime - 1 };
    new ProcessTree(table, recycled, NONCE).signal("SIGKILL", [recycled]);
    expect(table.isAlive(identity)).toBe(true);
    new ProcessTree(table, identity, NONCE).signal("SIGKILL");
    return eventually(() => expect(table.isAlive(identity)).toBe(false));
  });
});
