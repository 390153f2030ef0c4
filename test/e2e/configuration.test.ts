import { appendFileSync, readFileSync, readdirSync, statSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { E2eHome, environOf, isReady, pidOf, pluginObject } from "../helpers/e2e-home.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

const SECRET = "kK9-very-secret-token";
const NEXT_SECRET = "pQ4-other-secret-token";

const CONFIGURATION = `
configuration:
  required:
    endpoint: {type: string}
    api_key: {type: string, sensitive: true}
  optional:
    timeoutSeconds: {type: integer, default: 30}
    labels: {type: object, default: {a: 1}}
`;

describe("configuration", () => {
  const home = new E2eHome(afterAll);

  const keyedPackage = (): string => {
    const directory = fixturePackage("healthy");
    appendFileSync(`${directory}/plugin.yaml`, CONFIGURATION);
    return directory;
  };

  const secret = (value: string) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "keys" },
    stringData: { token: value },
  });

  const keyed = (name: string) =>
    pluginObject(name, {
      source: { path: keyedPackage() },
      config: { endpoint: "http://localhost:1" },
      configFrom: [{ secretRef: { name: "keys", key: "token", as: "api_key" } }],
    });

  const environment = (pid: number): string[] => environOf(pid).split("\0");

  const configFileOf = (pid: number): Record<string, unknown> => {
    const entry = environment(pid).find((line) => line.startsWith("PORTUNIX_CONFIG_FILE=")) ?? "";
    const path = entry.slice("PORTUNIX_CONFIG_FILE=".length);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  };

  test("reaches the process as a file and, but for what is sensitive, as variables", async () => {
    await home.apply([secret(SECRET), keyed("keyed")], "--wait");
    const pid = await home.pid("keyed");
    expect(configFileOf(pid)).toEqual({
      endpoint: "http://localhost:1",
      api_key: SECRET,
      timeoutSeconds: 30,
      labels: { a: 1 },
    });
    const variables = environment(pid).filter((line) => line.startsWith("PORTUNIX_CONFIG_"));
    expect(
      variables.filter((line) => !line.startsWith("PORTUNIX_CONFIG_FILE=")).toSorted(),
    ).toEqual([
      "PORTUNIX_CONFIG_ENDPOINT=http://localhost:1",
      'PORTUNIX_CONFIG_LABELS={"a":1}',
      "PORTUNIX_CONFIG_TIMEOUT_SECONDS=30",
    ]);
  });

  test("keeps a secret out of whatever others can read", async () => {
    await home.apply([secret(SECRET), keyed("discreet")], "--wait");
    const pid = await home.pid("discreet");
    const texts = {
      environ: environOf(pid),
      cmdline: readFileSync(`/proc/${pid}/cmdline`, "utf8"),
      object: await home.ok("get", "plugin", "discreet", "-o", "yaml"),
      description: await home.ok("describe", "plugin", "discreet"),
      events: await home.ok("events"),
      daemonLog: readFileSync(home.path("daemon.log"), "utf8"),
      record: recordsOf(home),
      registry: readFileSync(home.path("plugins", "registry.json"), "utf8"),
    };
    const base64 = Buffer.from(SECRET).toString("base64");
    const leaks = Object.entries(texts).filter(
      ([, text]) => text.includes(SECRET) || text.includes(base64),
    );
    expect(leaks.map(([name]) => name)).toEqual([]);
    expect(texts.record).toContain('"format":1');
  });

  test("changed in a Secret restarts just the plugins that use it", async () => {
    const plain = pluginObject("plain", { source: { path: fixturePackage("healthy") } });
    await home.apply([secret(SECRET), keyed("user"), plain], "--wait");
    const before = await home.pids();
    await home.apply([secret(NEXT_SECRET)]);
    const after = await home.untilPlugin(
      "user",
      (plugin) => isReady(plugin) && pidOf(plugin) !== before["user"],
    );
    expect(configFileOf(pidOf(after))["api_key"]).toBe(NEXT_SECRET);
    expect(after.status?.restarts).toBe(0);
    expect(await home.pid("plain")).toBe(before["plain"]);
    // Applied again as it is, it restarts nobody.
    await home.apply([secret(NEXT_SECRET)]);
    await home.apply([secret(NEXT_SECRET), plain], "--wait");
    expect(await home.pid("user")).toBe(pidOf(after));
  });

  test("is refused before anything starts, where the package's schema says so", async () => {
    const wrong = pluginObject("wrong", {
      source: { path: keyedPackage() },
      config: { endpoint: 5, api_key: "x", unknown: true },
    });
    await home.apply([wrong]);
    const plugin = await home.untilPlugin(
      "wrong",
      ({ status }) => (status?.blockers ?? []).length > 0 && status?.observedGeneration === 1,
    );
    const text = JSON.stringify(plugin.status);
    expect(text).toContain("endpoint");
    expect(text).toContain("unknown");
    expect(plugin.status?.instances ?? []).toEqual([]);
    expect(home.instances().filter(({ dataDir }) => dataDir.includes("wrong"))).toEqual([]);
    await home.ok("delete", "plugin", "wrong");
  });
});

function recordsOf(home: E2eHome): string {
  return readdirSync(home.path("run", "p"))
    .map((id) => readFileSync(home.path("run", "p", id, "instance.json"), "utf8"))
    .join("\n");
}
