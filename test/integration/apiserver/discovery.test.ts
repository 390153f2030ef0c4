import { describe, expect, test } from "vitest";
import { CONFIG_MAPS, configMap, plugin, PLUGINS, serve } from "./harness.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

describe("discovery", () => {
  test("lists versions, groups and resources for any client", async () => {
    const { call } = await serve();
    expect((await call("GET", "/api")).json).toMatchObject({
      kind: "APIVersions",
      versions: ["v1"],
    });
    const { kind, groups } = (await call("GET", "/apis")).json as {
      kind: string;
      groups: object[];
    };
    expect(kind).toBe("APIGroupList");
    expect(groups[0]).toMatchObject({
      name: "portunix.ai",
      versions: [{ groupVersion: "portunix.ai/v1alpha1", version: "v1alpha1" }],
      preferredVersion: { groupVersion: "portunix.ai/v1alpha1" },
    });
    expect((await call("GET", "/apis/portunix.ai")).json).toMatchObject({ kind: "APIGroup" });
    expect((await call("GET", "/apis/portunix.ai/v1alpha1")).json).toMatchObject({
      kind: "APIResourceList",
      groupVersion: "portunix.ai/v1alpha1",
      resources: [
        { name: "plugins", singularName: "plugin", namespaced: true, kind: "Plugin" },
        { name: "plugins/status", verbs: ["get", "patch", "update"] },
        { name: "plugins/scale", group: "autoscaling", version: "v1", kind: "Scale" },
      ],
    });
    const core = (await call("GET", "/api/v1")).json as { resources: { name: string }[] };
    expect(core.resources.map(({ name }) => name)).toContain("configmaps");
    expect((await call("GET", "/apis/nobody.example")).code).toBe(404);
    expect((await call("GET", "/apis/portunix.ai/v1alpha1/plugins/a")).code).toBe(404);
  });

  test("advertises no verb that does not work", async () => {
    const { call } = await serve();
    const { resources } = (await call("GET", "/api/v1")).json as {
      resources: { name: string; verbs: string[] }[];
    };
    const methods: Readonly<Record<string, readonly [string, string]>> = {
      create: ["POST", ""],
      delete: ["DELETE", "/a"],
      deletecollection: ["DELETE", ""],
      get: ["GET", "/a"],
      list: ["GET", ""],
      patch: ["PATCH", "/a"],
      update: ["PUT", "/a"],
      watch: ["GET", "?watch=1&timeoutSeconds=1&resourceVersion=999999"],
    };
    for (const { name, verbs } of resources)
      for (const verb of verbs) {
        const [method, rest] = methods[verb] ?? ["BREW", ""];
        const place = name === "namespaces" ? "/api/v1" : "/api/v1/namespaces/default";
        const { code } = await call(method, `${place}/${name}${rest}`);
        expect([name, verb, code]).not.toEqual([name, verb, 405]);
      }
  });

  test("gives everything in one document to those who ask for it", async () => {
    const { call } = await serve();
    const accept =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const answer = await call("GET", "/apis", { headers: { accept } });
    expect(answer.headers["content-type"]).toBe(
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    );
    expect(answer.json).toMatchObject({
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
    });
    const { items } = answer.json as { items: object[] };
    expect(items[0]).toMatchObject({
      metadata: { name: "portunix.ai" },
      versions: [
        {
          version: "v1alpha1",
          freshness: "Current",
          resources: [
            {
              resource: "plugins",
              scope: "Namespaced",
              subresources: expect.arrayContaining([
                expect.objectContaining({ subresource: "status" }),
              ]) as unknown[],
            },
          ],
        },
      ],
    });
    const core = await call("GET", "/api", { headers: { accept } });
    expect(core.json).toMatchObject({ items: [{ metadata: {}, versions: [{ version: "v1" }] }] });
  });
});

describe("the server itself", () => {
  test("tells its version so that kubectl can parse it", async () => {
    const { call } = await serve();
    expect((await call("GET", "/version")).json).toMatchObject({
      major: "1",
      minor: "32",
      gitVersion: "v1.32.0+portunix-0.1.0",
    });
  });

  test.each(["/healthz", "/readyz", "/livez", "/livez/ping"])("answers ok at %s", async (path) => {
    const { call } = await serve();
    expect((await call("GET", path)).text).toBe("ok");
    const head = await call("HEAD", path);
    expect([head.code, head.text]).toEqual([200, ""]);
  });

  test("tells about the daemon, and its status", async () => {
    const { call } = await serve({ status: () => ({ reconciler: { depth: 3 } }) });
    expect((await call("GET", "/portunix/v1/daemon")).json).toMatchObject({
      pid: process.pid,
      version: "0.1.0",
    });
    expect((await call("GET", "/portunix/v1/status")).json).toEqual({ reconciler: { depth: 3 } });
  });
});

describe("a Table", () => {
  test("has the columns of the kind, and ages by the server's clock", async () => {
    const { call } = await serve();
    await call("POST", PLUGINS, { body: plugin("a") });
    const { json } = await call("GET", PLUGINS, { headers: { accept: TABLE } });
    const { columnDefinitions, rows } = json as {
      columnDefinitions: { name: string; priority: number; type: string }[];
      rows: { cells: unknown[]; object: object }[];
    };
    expect(json).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1" });
    expect(columnDefinitions.map(({ name }) => name)).toEqual([
      "Name",
      "Ready",
      "Phase",
      "Version",
      "Restarts",
      "Age",
      "Digest",
      "Source",
      "Reason",
    ]);
    expect(rows[0]?.cells[0]).toBe("a");
    expect(rows[0]?.cells[1]).toBeNull();
    expect(rows[0]?.cells[5]).toMatch(/^\d+s$/);
    expect(rows[0]?.object).toMatchObject({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: { name: "a" },
    });
    expect(rows[0]?.object).not.toHaveProperty("spec");
  });

  test("carries as much of each object as was asked for", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a", { key: "value" }) });
    const headers = { accept: TABLE };
    const whole = await call("GET", `${CONFIG_MAPS}?includeObject=Object`, { headers });
    expect(whole.json).toMatchObject({
      rows: [{ object: { kind: "ConfigMap", data: { key: "value" } } }],
    });
    const none = await call("GET", `${CONFIG_MAPS}/a?includeObject=None`, { headers });
    expect((none.json as { rows: object[] }).rows).toEqual([
      { cells: ["a", 1, expect.anything()] },
    ]);
    expect((await call("GET", `${CONFIG_MAPS}?includeObject=x`, { headers })).code).toBe(400);
  });

  test("stands beside the metadata alone, for controllers", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a", { key: "value" }) });
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const { json, text } = await call("GET", CONFIG_MAPS, { headers: { accept } });
    expect(json).toMatchObject({
      kind: "PartialObjectMetadataList",
      items: [{ kind: "PartialObjectMetadata", metadata: { name: "a" } }],
    });
    expect(text).not.toContain("value");
  });
});
