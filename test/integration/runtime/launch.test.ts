import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { LaunchRequest } from "../../../src/runtime/instance.ts";
import { fixturePackage } from "../../helpers/fixture-package.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { RuntimeHome, inState, launchRequest, startReady } from "./harness.ts";

/** A TCP port of the loopback on which somebody listens until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function tcpRequest(port: number, changes: Partial<LaunchRequest> = {}): LaunchRequest {
  const request = launchRequest("tcp-port", changes);
  return { ...request, runtime: { ...request.runtime, port } };
}

/** A package whose `main` is a native program with this text. */
function nativeRequest(text: string | undefined, mode = 0o755): LaunchRequest {
  const packageDir = fixturePackage("healthy");
  if (text !== undefined) writeFileSync(join(packageDir, "program"), text, { mode });
  const runtime = { language: "native", main: "program" } as const;
  return { ...launchRequest("healthy", { packageDir }), runtime };
}

async function refusalOf(request: LaunchRequest): Promise<unknown> {
  return new RuntimeHome()
    .supervisor()
    .start(request)
    .catch((thrown: unknown) => thrown);
}

describe("a launch", () => {
  test("gives a TCP plugin the port that it prefers, when free", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const port = await freePort();
    const ready = await startReady(supervisor, tcpRequest(port));
    expect(ready).toMatchObject({ address: `127.0.0.1:${port}`, message: "" });
  });

  test("gives it another when that is taken, and says so", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const port = await takenPort();
    const ready = await startReady(supervisor, tcpRequest(port));
    expect(ready.address).not.toBe(`127.0.0.1:${port}`);
    expect(ready.message).toContain(`port ${port} is taken`);
  });

  test("gives two that prefer one port a port each", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const port = await freePort();
    const instances = await Promise.all([
      startReady(supervisor, tcpRequest(port)),
      startReady(supervisor, tcpRequest(port, { ordinal: 1 })),
    ]);
    expect(new Set(instances.map(({ address }) => address)).size).toBe(2);
  });

  test("fills the templates of the manifest in", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const request = launchRequest("tcp-port");
    const runtime = { ...request.runtime, args: ["--data", "{dataDir}", "--port", "{port}"] };
    expect((await startReady(supervisor, { ...request, runtime })).address).toMatch(/^127/);
  });

  test("starts a native program as it is", async () => {
    const supervisor = new RuntimeHome().supervisor();
    const { id } = await supervisor.start(nativeRequest("#!/bin/sh\nexit 42\n"));
    expect(await inState(supervisor, id, "exited")).toMatchObject({ exit: { code: 42 } });
  });

  test("tells of a program whose interpreter is not there, after the intent is recorded", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor();
    const { id } = await supervisor.start(nativeRequest("#!/no/such/interpreter\n"));
    const exited = await inState(supervisor, id, "exited");
    expect(exited).toMatchObject({ reason: "LaunchFailed", startedAtMs: undefined });
    expect(exited.message).toMatch(/program could not be started: .*ENOENT.*first line/);
  });

  test("refuses a program that is missing, not executable, no file, or outside of the package", async () => {
    const outside = nativeRequest(undefined);
    symlinkSync("/bin/sh", join(outside.packageDir, "program"));
    const directory = nativeRequest(undefined);
    mkdirSync(join(directory.packageDir, "program"));
    const dotted = nativeRequest(undefined);
    const cases: readonly (readonly [LaunchRequest, RegExp])[] = [
      [nativeRequest(undefined), /program of package healthy 1\.0\.0 does not exist .*build/],
      [nativeRequest("", 0o644), /not executable; in its source run: chmod \+x program$/],
      [directory, /not a file/],
      [outside, /leads out of the package/],
      [{ ...dotted, runtime: { ...dotted.runtime, main: "../../bin/sh" } }, /leads out|does not/],
    ];
    for (const [request, message] of cases) {
      const refusal = await refusalOf(request);
      expect(refusal).toMatchObject({ code: "LaunchFailed" });
      expect((refusal as Error).message).toMatch(message);
    }
  });

  test("refuses a socket path that the system would not take, and names what to change", async () => {
    const long = join(tempDir(), "x".repeat(100));
    const supervisor = new RuntimeHome(long).supervisor();
    const refusal = await supervisor.start(launchRequest("healthy")).catch((e: unknown) => e);
    expect(refusal).toMatchObject({ code: "LaunchFailed" });
    expect((refusal as Error).message).toMatch(/p\.sock is \d+ bytes.*107.*PORTUNIX_HOME/);
    expect(supervisor.list()).toEqual([]);
  });

  test("has no more processes starting at a time than it may", async () => {
    const home = new RuntimeHome();
    const supervisor = home.supervisor({ limits: { maxStarting: 2, startHoldMs: 3_600_000 } });
    let most = 0;
    supervisor.onChange(() => {
      const starting = supervisor.list().filter(({ state }) => state === "starting").length;
      most = Math.max(most, starting);
    });
    const packageDir = fixturePackage("healthy");
    const all = [0, 1, 2, 3, 4, 5].map((ordinal) =>
      startReady(supervisor, launchRequest("healthy", { packageDir, ordinal })),
    );
    await Promise.all(all);
    expect(most).toBe(2);
  });

  test("fails for a directory that is not there, by name", async () => {
    const request = nativeRequest("#!/bin/sh\n");
    rmSync(request.packageDir, { recursive: true });
    expect(((await refusalOf(request)) as Error).message).toContain(request.packageDir);
  });
});
