import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import type { ApiClient } from "../../../src/client/api-client.ts";
import { homeFrom } from "../../../src/client/home.ts";
import { stopDaemon } from "../../../src/client/stop-daemon.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

test("takes a daemon for stopped that has ended, though nobody has waited for it", async () => {
  const home = homeFrom({ PORTUNIX_HOME: tempDir() });
  const pid = await startUnawaited();
  const info = { pid, home: home.directory };
  const client = { daemonInfo: () => Promise.resolve(info) } as unknown as ApiClient;
  await expect(stopDaemon(client, { home, deadlineMs: 10_000 })).resolves.toEqual(info);
  expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) Z /);
});

/** A process whose parent has become one that never waits for its children. */
async function startUnawaited(): Promise<number> {
  const parent = spawn("sh", ["-c", "sleep 600 & echo $!; exec sleep 600"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void parent.kill("SIGKILL"));
  for await (const line of createInterface({ input: parent.stdout })) return Number(line);
  throw new Error("the shell told no pid");
}
