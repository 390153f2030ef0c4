import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { E2eHome, pluginObject } from "../helpers/e2e-home.ts";
import { gatewayClient } from "../helpers/e2e-grpc.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

interface State {
  readonly plugin: string;
  readonly installed: { readonly name: string; readonly version: string } | null;
  readonly enabled: boolean;
  readonly instances: readonly {
    readonly id: string;
    readonly state: string;
    readonly pid: number;
  }[];
}

interface WatchEvent {
  readonly state: State | null;
}

describe("the gateway's socket", () => {
  const home = new E2eHome(afterAll);
  const client = () => gatewayClient(home.path("run", "gateway.sock"));

  beforeAll(() => home.startDaemon());

  test("answers List to any gRPC client that has the .proto file", async () => {
    const source = { path: fixturePackage("healthy") };
    await home.apply([pluginObject("listed", { source })], "--wait");
    const { plugins } = await client().call<{ plugins: State[] }>("List");
    const state = plugins.find(({ plugin }) => plugin === "default/listed");
    expect(state).toMatchObject({
      installed: { name: "healthy", version: "1.0.0" },
      enabled: true,
      instances: [{ state: "READY", pid: await home.pid("listed") }],
    });
    const health = await client().call<{ instances: { serving: boolean }[] }>("Health", {
      plugin: "default/listed",
    });
    expect(health.instances).toMatchObject([{ serving: true }]);
  });

  test("tells by Watch what is, then a bookmark, then each change", async () => {
    const source = { path: fixturePackage("healthy") };
    await home.apply([pluginObject("watched", { source })], "--wait");
    const seen: WatchEvent[] = [];
    const stream = client().stream<WatchEvent>("Watch");
    onTestFinished(() => stream.cancel());
    stream.on("error", () => {});
    stream.on("data", (event: WatchEvent) => void seen.push(event));
    const statesOf = (events: readonly WatchEvent[]) =>
      events.flatMap(({ state }) => (state?.plugin === "default/watched" ? [state] : []));
    await eventually(() => expect(seen.some(({ state }) => state === null)).toBe(true));
    const bookmark = seen.findIndex(({ state }) => state === null);
    expect(statesOf(seen.slice(0, bookmark))).toMatchObject([{ instances: [{ state: "READY" }] }]);
    await home.ok("delete", "plugin", "watched");
    await eventually(() => {
      const after = statesOf(seen.slice(bookmark));
      const states = after.flatMap(({ instances }) => instances.map(({ state }) => state));
      expect(states).toContain("STOPPING");
      expect(after.at(-1)).toMatchObject({ enabled: false, instances: [] });
    });
  });

  test("and everything else of the home is for its user alone", async () => {
    const source = { path: fixturePackage("healthy") };
    await home.apply([pluginObject("private", { source })], "--wait");
    const open: string[] = [];
    const visit = (directory: string): void => {
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name);
        // A package's own files keep the modes that its author gave them, behind a closed door.
        if (entry.isSymbolicLink() || entry.name.startsWith("sha256-")) continue;
        const mode = lstatSync(path).mode & 0o777;
        if ((mode & 0o077) !== 0) open.push(`${mode.toString(8)} ${path}`);
        if (entry.isDirectory()) visit(path);
      }
    };
    visit(home.directory);
    expect(open).toEqual([]);
    const modeOf = (...parts: string[]) =>
      (lstatSync(home.path(...parts)).mode & 0o777).toString(8);
    expect(modeOf("run", "api.sock")).toBe("600");
    expect(modeOf("run", "gateway.sock")).toBe("600");
    expect(modeOf()).toBe("700");
    expect(modeOf("run")).toBe("700");
  });
});
