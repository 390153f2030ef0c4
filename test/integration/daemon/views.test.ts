import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import type { DeploymentStatus } from "../../../src/api/views/deployments.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type Daemon, startDaemon } from "../../../src/daemon/start-daemon.ts";
import { eventually } from "../../helpers/eventually.ts";
import { fixturePackage } from "../../helpers/fixture-package.ts";
import { caller, objectOf, type Answer } from "../apiserver/harness.ts";

const PLUGINS = "/apis/portunix.ai/v1alpha1/namespaces/default/plugins";
const PODS = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const merge = { "content-type": "application/merge-patch+json" };
const strategic = { "content-type": "application/strategic-merge-patch+json" };
const DEADLINE_MS = 60_000;

const root = mkdtempSync("/tmp/pv-");
const home = join(root, "h");
const socketPath = join(home, "run", "api.sock");
const call = caller(socketPath);
let daemon: Daemon | undefined;

beforeAll(async () => {
  daemon = await startDaemon({
    home,
    manifests: [],
    allowDelete: undefined,
    clock: systemClock,
    logger: silentLogger,
  });
});

afterAll(async () => {
  for (const { metadata } of await items(PLUGINS))
    await call("DELETE", `${PLUGINS}/${metadata.name}`);
  await eventually(async () => expect(await items(PLUGINS)).toEqual([]), DEADLINE_MS);
  await daemon?.close();
  rmSync(root, { recursive: true, force: true });
}, DEADLINE_MS);

describe("Pods and Deployments over plugins that run", { timeout: DEADLINE_MS }, () => {
  test("are listed, watched, selected and shown as a table", async () => {
    const lines = await follow(`${PODS}?watch=1&labelSelector=app=listed`);
    await create("listed", "healthy", { replicas: 2 });
    await untilReady("listed", 2);
    const pods = await items(`${PODS}?labelSelector=app=listed`);
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(["listed-0", "listed-1"]);
    expect(
      await items(
        `${PODS}?labelSelector=portunix.ai/plugin=listed&fieldSelector=status.phase=Pending`,
      ),
    ).toEqual([]);
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { json } = await call("GET", `${PODS}/listed-1`, { headers: { accept } });
    const [row] = (json as { rows: { cells: unknown[] }[] }).rows;
    expect(row?.cells.slice(0, 4)).toEqual(["listed-1", "1/1", "Running", "0"]);
    const seen: { type: string; name: string; ready: boolean }[] = [];
    await eventually(() => {
      for (const line of lines.splice(0)) seen.push(eventOf(line));
      expect(seen.filter(({ ready }) => ready).map(({ name }) => name)).toEqual(
        expect.arrayContaining(["listed-0", "listed-1"]),
      );
    }, DEADLINE_MS);
    expect(seen.slice(0, 2).map(({ type }) => type)).toEqual(["ADDED", "ADDED"]);
    expect(seen.every(({ name }) => name.startsWith("listed-"))).toBe(true);
  });

  test("a deleted Pod ends, its process with it, and another takes its place", async () => {
    await create("deleted", "healthy");
    const before = (await untilReady("deleted", 1))[0];
    const answer = await call("DELETE", `${PODS}/deleted-0`, {
      body: { kind: "DeleteOptions", apiVersion: "v1" },
    });
    expect(objectOf(answer).metadata.uid).toBe(before?.metadata.uid);
    const after = await eventually(async () => {
      const [pod] = await untilReady("deleted", 1);
      expect(pod?.metadata.uid).not.toBe(before?.metadata.uid);
      return pod;
    }, DEADLINE_MS);
    expect(after?.metadata.annotations?.["portunix.ai/instance"]).not.toBe(
      before?.metadata.annotations?.["portunix.ai/instance"],
    );
    const plugin = objectOf(await call("GET", `${PLUGINS}/deleted`));
    expect((plugin.status as { restarts: number }).restarts).toBe(0);
  });

  test("a restart of a Deployment replaces every instance, and a scale adds some", async () => {
    await create("rolled", "healthy");
    const [before] = await untilReady("rolled", 1);
    const annotations = { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" };
    const body = { spec: { template: { metadata: { annotations } } } };
    const patched = await call("PATCH", `${DEPLOYMENTS}/rolled`, { headers: strategic, body });
    expect(patched.code).toBe(200);
    expect(isRolledOut(objectOf(patched))).toBe(false);
    await eventually(async () => {
      expect(isRolledOut(objectOf(await call("GET", `${DEPLOYMENTS}/rolled`)))).toBe(true);
    }, DEADLINE_MS);
    const [after] = await items(`${PODS}?labelSelector=app=rolled`);
    expect(instanceOf(after)).not.toBe(instanceOf(before));
    const scaled = await call("PATCH", `${DEPLOYMENTS}/rolled`, {
      headers: merge,
      body: { spec: { replicas: 2 } },
    });
    expect(scaled.code).toBe(200);
    await untilReady("rolled", 2);
  });

  test("what a view cannot say is refused, and what is off says so", async () => {
    await create("refused", "healthy");
    await untilReady("refused", 1);
    const labels = { metadata: { labels: { a: "b" } } };
    const patched = await call("PATCH", `${DEPLOYMENTS}/refused`, { headers: merge, body: labels });
    expect([patched.code, messageOf(patched)]).toEqual([
      422,
      expect.stringContaining("kubectl edit"),
    ]);
    for (const [method, path] of [
      ["POST", PODS],
      ["PUT", `${PODS}/refused-0`],
      ["DELETE", `${DEPLOYMENTS}/refused`],
    ] as const)
      expect((await call(method, path, { body: {} })).code).toBe(405);
    for (const subresource of ["exec", "attach", "portforward"]) {
      const answer = await call("POST", `${PODS}/refused-0/${subresource}?command=ls`);
      expect([answer.code, messageOf(answer)]).toEqual([405, expect.stringContaining("is off")]);
    }
    expect((await call("GET", `${PODS}/refused-9`)).code).toBe(404);
  });

  test("measures what the processes of a Pod use", async () => {
    await create("measured", "healthy");
    await untilReady("measured", 1);
    const path = "/apis/metrics.k8s.io/v1beta1";
    const { json } = await call("GET", `${path}/namespaces/default/pods/measured-0`);
    const { containers } = json as { containers: { usage: { cpu: string; memory: string } }[] };
    expect(containers[0]?.usage.cpu).toMatch(/^\d+n$/);
    // A Node program of any kind needs more than 10 MiB, and this one less than 1 GiB.
    const kibibytes = Number(/^(\d+)Ki$/.exec(containers[0]?.usage.memory ?? "")?.[1]);
    expect(kibibytes).toBeGreaterThan(10 * 1024);
    expect(kibibytes).toBeLessThan(1024 * 1024);
    const nodes = (await call("GET", `${path}/nodes`)).json as { items: { usage: object }[] };
    expect(nodes.items).toHaveLength(1);
    expect((await call("GET", `${path}/namespaces/default/pods?watch=1`)).code).not.toBe(500);
  });
});

describe("the log of a Pod", { timeout: DEADLINE_MS }, () => {
  test("is read from the end, in part, and of the instance before", async () => {
    await create("crashing", "exits-at-once");
    // An instance that was started just now has an empty log for a moment.
    for (const [query, text] of [
      ["previous=true", "no use\n"],
      ["tailLines=1&container=plugin", "no use\n"],
      ["limitBytes=2", "no"],
    ])
      await eventually(async () => {
        expect((await call("GET", `${PODS}/crashing-0/log?${query}`)).text).toBe(text);
      }, DEADLINE_MS);
    const [pod] = await items(`${PODS}?labelSelector=app=crashing`);
    expect(pod?.status).toMatchObject({ containerStatuses: [{ ready: false }] });
  });

  test("is followed until its instance ends", async () => {
    await create("followed", "healthy");
    await untilReady("followed", 1);
    const lines = await follow(`${PODS}/followed-0/log?follow=true`);
    await eventually(() => expect(lines).toContain("listening"), DEADLINE_MS);
    appendFileSync(logOf("followed", await instanceNow("followed")), "more\n");
    await eventually(() => expect(lines).toContain("more"), DEADLINE_MS);
    await call("DELETE", `${PODS}/followed-0`);
    await eventually(() => expect(lines.isEnded).toBe(true), DEADLINE_MS);
  });

  test("since a time leaves out what says that it is older", async () => {
    await create("dated", "healthy");
    await untilReady("dated", 1);
    const log = logOf("dated", await instanceNow("dated"));
    writeFileSync(log, "2020-01-01T00:00:00Z old\n2030-01-01T00:00:00Z new\n");
    expect((await call("GET", `${PODS}/dated-0/log?sinceTime=2029-01-01T00:00:00Z`)).text).toBe(
      "2030-01-01T00:00:00Z new\n",
    );
    expect((await call("GET", `${PODS}/dated-0/log?sinceSeconds=1`)).text).not.toContain("old");
  });

  const wrong = [
    "container=other",
    "tailLines=-1",
    "sinceTime=yesterday",
    "limitBytes=x",
    "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
    "previous=true",
  ];
  test.each(wrong)("with ?%s is a bad request", async (query) => {
    await create("asked", "healthy");
    await untilReady("asked", 1);
    expect((await call("GET", `${PODS}/asked-0/log?${query}`)).code).toBe(400);
  });
});

/** Makes it unless it is there. */
async function create(name: string, fixture: string, spec: object = {}): Promise<void> {
  const path = fixturePackage(fixture, { into: join(root, fixture) });
  const { code } = await call("POST", PLUGINS, {
    body: {
      apiVersion: "portunix.ai/v1alpha1",
      kind: "Plugin",
      metadata: { name, labels: { app: name } },
      spec: { source: { path }, ...spec },
    },
  });
  expect([201, 409]).toContain(code);
}

function untilReady(app: string, count: number): Promise<readonly StoredObject[]> {
  return eventually(async () => {
    const pods = await items(`${PODS}?labelSelector=app=${app}`);
    expect(pods.filter(isReady)).toHaveLength(count);
    return pods;
  }, DEADLINE_MS);
}

async function items(path: string): Promise<readonly StoredObject[]> {
  return ((await call("GET", path)).json as { items: StoredObject[] }).items;
}

function isReady({ status }: Pick<StoredObject, "status">): boolean {
  const { containerStatuses } = status as { containerStatuses: { ready: boolean }[] };
  return containerStatuses.every(({ ready }) => ready);
}

function isRolledOut({ metadata, spec, status }: StoredObject): boolean {
  const { replicas } = spec as { replicas: number };
  const counts = status as DeploymentStatus;
  return (
    counts.observedGeneration >= metadata.generation &&
    counts.updatedReplicas >= replicas &&
    counts.replicas <= counts.updatedReplicas &&
    counts.availableReplicas >= counts.updatedReplicas
  );
}

function instanceOf(pod: StoredObject | undefined): string {
  return pod?.metadata.annotations?.["portunix.ai/instance"] ?? "";
}

async function instanceNow(app: string): Promise<string> {
  return instanceOf((await items(`${PODS}?labelSelector=app=${app}`))[0]);
}

function logOf(plugin: string, instance: string): string {
  return join(home, "plugins", "logs", plugin, `0-${instance}.log`);
}

function messageOf({ json }: Answer): string {
  return (json as { message: string }).message;
}

function eventOf(line: string): { type: string; name: string; ready: boolean } {
  const { type, object } = JSON.parse(line) as { type: string; object: StoredObject };
  return { type, name: object.metadata.name, ready: isReady(object) };
}

/** The lines of an answer as they come; ended with the test. */
async function follow(path: string): Promise<string[] & { isEnded?: boolean }> {
  const sent = request({ socketPath, path, agent: false });
  sent.on("error", () => {});
  sent.end();
  onTestFinished(() => void sent.destroy());
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const lines: string[] & { isEnded?: boolean } = [];
  createInterface({ input: response })
    .on("error", () => {})
    .on("line", (line) => lines.push(line))
    .on("close", () => (lines.isEnded = true));
  return lines;
}
