import { expect, test } from "vitest";
import { CONFIG_MAPS, configMap, objectOf, plugin, PLUGINS, serve } from "./harness.ts";

const MERGE = { "content-type": "application/merge-patch+json" };
const SCALE = `${PLUGINS}/a/scale`;

test("a Plugin has a scale, as autoscaling/v1 shows it", async () => {
  const { call } = await serve();
  const created = objectOf(await call("POST", PLUGINS, { body: plugin("a") }));
  await call("PATCH", `${PLUGINS}/a/status`, {
    headers: MERGE,
    body: { status: { replicas: 4, phase: "Running" } },
  });
  expect((await call("GET", SCALE)).json).toMatchObject({
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name: "a", namespace: "default", uid: created.metadata.uid },
    spec: { replicas: 1 },
    status: { replicas: 4, selector: expect.stringContaining("a") as string },
  });
});

test("scaling writes the replicas and nothing else, as its own field manager", async () => {
  const { call } = await serve();
  await call("POST", PLUGINS, { body: plugin("a", { spec: { suspend: true } }) });
  const scaled = await call("PATCH", `${SCALE}?fieldManager=kubectl-scale`, {
    headers: MERGE,
    body: { spec: { replicas: 3 } },
  });
  expect([scaled.code, scaled.json]).toMatchObject([200, { kind: "Scale", spec: { replicas: 3 } }]);
  const object = objectOf(await call("GET", `${PLUGINS}/a`));
  expect(object).toMatchObject({
    kind: "Plugin",
    metadata: { generation: 2 },
    spec: { replicas: 3, suspend: true },
  });
  const put = await call("PUT", SCALE, {
    body: {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a", resourceVersion: object.metadata.resourceVersion },
      spec: { replicas: 0 },
    },
  });
  expect(put.json).toMatchObject({ spec: { replicas: 0 } });
  const stale = await call("PUT", SCALE, {
    body: { metadata: { name: "a", resourceVersion: "1" }, spec: { replicas: 9 } },
  });
  expect(stale.code).toBe(409);
  const dry = { headers: MERGE, body: { spec: { replicas: 7 } } };
  expect((await call("PATCH", `${SCALE}?dryRun=All`, dry)).json).toMatchObject({
    spec: { replicas: 7 },
  });
  expect((await call("GET", SCALE)).json).toMatchObject({ spec: { replicas: 0 } });
});

test("refuses what is no number of replicas, and kinds without a scale", async () => {
  const { call } = await serve();
  await call("POST", PLUGINS, { body: plugin("a") });
  await call("POST", CONFIG_MAPS, { body: configMap("m") });
  const negative = { headers: MERGE, body: { spec: { replicas: -1 } } };
  expect((await call("PATCH", SCALE, negative)).json).toMatchObject({
    code: 422,
    message: expect.stringMatching(
      /^Scale\.autoscaling "a" is invalid: spec\.replicas: /,
    ) as string,
  });
  const many = { headers: MERGE, body: { spec: { replicas: 1_000_000 } } };
  expect((await call("PATCH", SCALE, many)).json).toMatchObject({
    code: 422,
    details: { causes: [{ field: "spec.replicas" }] },
  });
  expect((await call("PUT", SCALE, { body: { kind: "Plugin" } })).code).toBe(400);
  expect((await call("GET", `${PLUGINS}/none/scale`)).code).toBe(404);
  expect((await call("GET", `${CONFIG_MAPS}/m/scale`)).code).toBe(404);
  expect((await call("DELETE", SCALE)).code).toBe(405);
});
