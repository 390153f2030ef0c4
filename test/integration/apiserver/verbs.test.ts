import { describe, expect, test } from "vitest";
import { CONFIG_MAPS, configMap, objectOf, plugin, PLUGINS, serve } from "./harness.ts";

describe("create", () => {
  test("answers 201 with the object, its defaults filled in", async () => {
    const { call } = await serve();
    const answer = await call("POST", PLUGINS, { body: plugin("a") });
    expect(answer.code).toBe(201);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.json).toMatchObject({
      kind: "Plugin",
      apiVersion: "portunix.ai/v1alpha1",
      metadata: { name: "a", namespace: "default", generation: 1 },
      spec: { source: { path: "/srv/a" }, replicas: 1 },
    });
    expect((await call("GET", `${PLUGINS}/a`)).text).toBe(answer.text);
  });

  test("takes no status, uid or generation from a client", async () => {
    const { call } = await serve();
    const body = {
      ...plugin("a", { metadata: { uid: "mine", generation: 7, creationTimestamp: null } }),
      status: { phase: "Running" },
    };
    const { json } = await call("POST", PLUGINS, { body });
    expect(json).toMatchObject({ metadata: { generation: 1 } });
    // What kstatus' rules take for work in progress: helm waits by them.
    expect(json).toMatchObject({ status: { observedGeneration: 0, phase: "Created" } });
    expect(json).not.toMatchObject({ metadata: { uid: "mine" } });
  });

  test("on a dry run checks, and stores nothing", async () => {
    const { call } = await serve();
    expect((await call("POST", `${PLUGINS}?dryRun=All`, { body: plugin("a") })).code).toBe(201);
    expect((await call("GET", `${PLUGINS}/a`)).code).toBe(404);
    const wrong = await call("POST", `${PLUGINS}?dryRun=all`, { body: plugin("a") });
    expect(wrong.code).toBe(422);
  });
});

describe("list", () => {
  test("gives the objects of one namespace, or of all", async () => {
    const { call } = await serve();
    await call("POST", PLUGINS, { body: plugin("b") });
    await call("POST", PLUGINS, { body: plugin("a") });
    await call("POST", "/api/v1/namespaces", { body: { metadata: { name: "other" } } });
    await call("POST", PLUGINS.replace("default", "other"), { body: plugin("c") });
    const one = await call("GET", PLUGINS);
    expect(one.json).toMatchObject({
      kind: "PluginList",
      apiVersion: "portunix.ai/v1alpha1",
      items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }],
    });
    const all = await call("GET", "/apis/portunix.ai/v1alpha1/plugins?limit=500");
    expect(all.json).toMatchObject({
      items: [{ metadata: { name: "a" } }, {}, { metadata: { name: "c", namespace: "other" } }],
    });
  });

  test.each([
    ["labelSelector=tier%3Dcore", ["a", "b"]],
    ["labelSelector=tier%21%3Dcore", ["c"]],
    ["labelSelector=env%20in%20(x,y),tier", ["a"]],
    ["labelSelector=!env", ["b", "c"]],
    ["fieldSelector=metadata.name%3Da", ["a"]],
    ["fieldSelector=metadata.name%21%3Da,metadata.namespace%3Ddefault", ["b", "c"]],
    ["labelSelector=tier&fieldSelector=metadata.name%3Db", ["b"]],
  ])("selects by %s", async (query, names) => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a", {}, { tier: "core", env: "x" }) });
    await call("POST", CONFIG_MAPS, { body: configMap("b", {}, { tier: "core" }) });
    await call("POST", CONFIG_MAPS, { body: configMap("c") });
    const { json } = await call("GET", `${CONFIG_MAPS}?${query}`);
    const { items } = json as { items: { metadata: { name: string } }[] };
    expect(items.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  test("knows the kind's own selectable fields, and refuses any other", async () => {
    const { call } = await serve();
    await call("POST", PLUGINS, { body: plugin("a", { spec: { desiredState: "Enabled" } }) });
    await call("POST", PLUGINS, { body: plugin("b") });
    const some = await call("GET", `${PLUGINS}?fieldSelector=spec.desiredState%3DEnabled`);
    expect(some.json).toMatchObject({ items: [{ metadata: { name: "a" } }] });
    const none = await call("GET", `${PLUGINS}?fieldSelector=spec.replicas%3D1`);
    expect(none.code).toBe(400);
    expect(none.json).toMatchObject({ message: "field label not supported: spec.replicas" });
  });
});

describe("update", () => {
  test("replaces the object, and moves the generation with the spec alone", async () => {
    const { call } = await serve();
    const first = objectOf(await call("POST", PLUGINS, { body: plugin("a") }));
    const labelled = { ...first, metadata: { ...first.metadata, labels: { tier: "core" } } };
    const second = objectOf(await call("PUT", `${PLUGINS}/a`, { body: labelled }));
    expect(second.metadata).toMatchObject({ generation: 1, labels: { tier: "core" } });
    const changed = { ...second, spec: { source: { path: "/srv/b" } } };
    const third = objectOf(await call("PUT", `${PLUGINS}/a`, { body: changed }));
    expect(third).toMatchObject({
      metadata: { generation: 2 },
      spec: { source: { path: "/srv/b" } },
    });
    const same = objectOf(await call("PUT", `${PLUGINS}/a`, { body: third }));
    expect(same.metadata.resourceVersion).toBe(third.metadata.resourceVersion);
  });

  test("of an older version is a Conflict, and without a version the last write wins", async () => {
    const { call } = await serve();
    const first = objectOf(await call("POST", CONFIG_MAPS, { body: configMap("a") }));
    await call("PUT", `${CONFIG_MAPS}/a`, { body: configMap("a", { key: "1" }) });
    const late = await call("PUT", `${CONFIG_MAPS}/a`, { body: { ...first, data: { key: "2" } } });
    expect(late.code).toBe(409);
    expect(late.json).toMatchObject({
      kind: "Status",
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: "a", kind: "configmaps" },
    });
  });

  test("of the status changes the status alone, and of the object all else", async () => {
    const { call } = await serve();
    const first = objectOf(await call("POST", PLUGINS, { body: plugin("a") }));
    const body = { ...first, spec: { source: { path: "/x" } }, status: { phase: "Running" } };
    const second = await call("PUT", `${PLUGINS}/a/status`, { body });
    expect(second.json).toMatchObject({
      spec: { source: { path: "/srv/a" } },
      status: { phase: "Running" },
      metadata: { generation: 1 },
    });
    const third = await call("PUT", `${PLUGINS}/a`, {
      body: { ...plugin("a"), status: { phase: "Stopped" } },
    });
    expect(third.json).toMatchObject({ status: { phase: "Running" } });
    const wrong = await call("PUT", `${PLUGINS}/a/status`, {
      body: { ...plugin("a"), status: { phase: "Nonsense" } },
    });
    expect(wrong.code).toBe(422);
    expect(wrong.json).toMatchObject({ details: { causes: [{ field: "status.phase" }] } });
  });
});

describe("patch", () => {
  const merge = { "content-type": "application/merge-patch+json" };
  const operations = { "content-type": "application/json-patch+json" };

  test("merges, and null removes", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a", { one: "1", two: "2" }) });
    const answer = await call("PATCH", `${CONFIG_MAPS}/a`, {
      headers: merge,
      body: { data: { one: null, three: "3" } },
    });
    expect(answer.code).toBe(200);
    expect(answer.json).toMatchObject({ data: { two: "2", three: "3" } });
    expect(answer.text).not.toContain('"one"');
  });

  test("that changes nothing keeps the resourceVersion", async () => {
    const { call } = await serve();
    const before = await call("POST", PLUGINS, { body: plugin("a") });
    const after = await call("PATCH", `${PLUGINS}/a`, {
      headers: merge,
      body: { spec: { replicas: 1 }, status: { phase: "Running" } },
    });
    expect(after.text).toBe(before.text);
  });

  test("applies JSON patch operations, all or none", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a", { one: "1" }) });
    const good = await call("PATCH", `${CONFIG_MAPS}/a`, {
      headers: operations,
      body: [
        { op: "test", path: "/data/one", value: "1" },
        { op: "replace", path: "/data/one", value: "2" },
      ],
    });
    expect(good.json).toMatchObject({ data: { one: "2" } });
    const bad = await call("PATCH", `${CONFIG_MAPS}/a`, {
      headers: operations,
      body: [
        { op: "replace", path: "/data/one", value: "3" },
        { op: "test", path: "/data/one", value: "1" },
      ],
    });
    expect(bad.code).toBe(422);
    expect(bad.json).toMatchObject({ reason: "Invalid" });
    expect(bad.json).not.toHaveProperty("details");
    expect((await call("GET", `${CONFIG_MAPS}/a`)).json).toMatchObject({ data: { one: "2" } });
  });

  test("goes by a resourceVersion that it names", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const body = { metadata: { resourceVersion: "1" }, data: { x: "y" } };
    expect((await call("PATCH", `${CONFIG_MAPS}/a`, { headers: merge, body })).code).toBe(409);
  });

  test.each([
    ["application/strategic-merge-patch+json", `${PLUGINS}/a`],
    ["application/apply-patch+cbor", `${CONFIG_MAPS}/a`],
    ["text/plain", `${CONFIG_MAPS}/a`],
  ])("refuses %s of %s with 415", async (type, path) => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    await call("POST", PLUGINS, { body: plugin("a") });
    const answer = await call("PATCH", path, {
      headers: { "content-type": type },
      body: {},
    });
    expect(answer.code).toBe(415);
    expect(answer.json).toMatchObject({ reason: "UnsupportedMediaType" });
  });

  test("may not rename, move or retype the object", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    for (const body of [
      { metadata: { name: "b" } },
      { metadata: { namespace: "b" } },
      { kind: "Secret" },
      { apiVersion: "v2" },
    ])
      expect((await call("PATCH", `${CONFIG_MAPS}/a`, { headers: merge, body })).code).toBe(400);
  });
});

describe("delete", () => {
  test("answers with a Status when the object is gone", async () => {
    const { call } = await serve();
    const { metadata } = objectOf(await call("POST", CONFIG_MAPS, { body: configMap("a") }));
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" };
    const answer = await call("DELETE", `${CONFIG_MAPS}/a`, { body });
    expect(answer.code).toBe(200);
    expect(answer.json).toMatchObject({
      kind: "Status",
      status: "Success",
      details: { name: "a", kind: "configmaps", uid: metadata.uid },
    });
    expect((await call("GET", `${CONFIG_MAPS}/a`)).code).toBe(404);
    expect((await call("DELETE", `${CONFIG_MAPS}/a`)).code).toBe(404);
  });

  test("answers with the object while finalizers hold it, until the last is patched away", async () => {
    const { call } = await serve();
    await call("POST", PLUGINS, { body: plugin("a") });
    const held = await call("DELETE", `${PLUGINS}/a`);
    expect(held.json).toMatchObject({ kind: "Plugin" });
    expect(objectOf(held).metadata.deletionTimestamp).toBeDefined();
    const freed = await call("PATCH", `${PLUGINS}/a`, {
      headers: { "content-type": "application/merge-patch+json" },
      body: { metadata: { finalizers: null } },
    });
    expect(freed.code).toBe(200);
    expect((await call("GET", `${PLUGINS}/a`)).code).toBe(404);
  });

  test("keeps preconditions and dry runs, in the body and in the query", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a") });
    const target = `${CONFIG_MAPS}/a`;
    const wrongUid = await call("DELETE", target, { body: { preconditions: { uid: "other" } } });
    expect(wrongUid.code).toBe(409);
    const wrongVersion = { preconditions: { resourceVersion: "1" } };
    expect((await call("DELETE", target, { body: wrongVersion })).code).toBe(409);
    expect((await call("DELETE", target, { body: { dryRun: ["All"] } })).code).toBe(200);
    expect((await call("DELETE", `${target}?dryRun=All`)).code).toBe(200);
    expect((await call("DELETE", `${target}?propagationPolicy=Never`)).code).toBe(422);
    expect((await call("DELETE", target, { body: configMap("a") })).code).toBe(400);
    expect((await call("GET", target)).code).toBe(200);
  });

  test("of a collection takes what the selectors choose, and nothing else", async () => {
    const { call } = await serve();
    await call("POST", CONFIG_MAPS, { body: configMap("a", {}, { old: "yes" }) });
    await call("POST", CONFIG_MAPS, { body: configMap("b") });
    expect((await call("DELETE", `${CONFIG_MAPS}?fieldSelector=data.x%3D1`)).code).toBe(400);
    const answer = await call("DELETE", `${CONFIG_MAPS}?labelSelector=old`);
    expect(answer.json).toMatchObject({ items: [{ metadata: { name: "a" } }] });
    const left = await call("GET", CONFIG_MAPS);
    expect(left.json).toMatchObject({ items: [{ metadata: { name: "b" } }] });
  });
});
