import { describe, expect, test } from "vitest";
import { CONFIG_MAPS, configMap, plugin, PLUGINS, serve } from "./harness.ts";

const MERGE = { "content-type": "application/merge-patch+json" };
const wrong = plugin("a", { spec: { replica: 2, probes: { ready: {} } }, metadata: { lable: {} } });

describe("field validation", () => {
  test("Strict refuses what the kind does not have, as a cluster words it", async () => {
    const { call } = await serve();
    const { code, json } = await call("POST", `${PLUGINS}?fieldValidation=Strict`, { body: wrong });
    expect(code).toBe(400);
    expect(json).toMatchObject({
      reason: "BadRequest",
      message:
        'Plugin in version "v1alpha1" cannot be handled as a Plugin: strict decoding error: unknown field "metadata.lable", unknown field "spec.replica", unknown field "spec.probes.ready"',
    });
    expect((await call("GET", `${PLUGINS}/a`)).code).toBe(404);
  });

  test.each([
    ["?fieldValidation=Warn", 3],
    ["", 3],
    ["?fieldValidation=Ignore", 0],
  ])("with %j stores the rest, and warns %i times", async (query, count) => {
    const { call } = await serve();
    const answer = await call("POST", `${PLUGINS}${query}`, { body: wrong });
    expect(answer.code).toBe(201);
    expect(answer.text).not.toMatch(/replica"|lable|"ready"/);
    const warnings = answer.headers["warning"]?.split(", ") ?? [];
    expect(warnings).toHaveLength(count);
    if (count > 0) expect(warnings).toContain('299 - "unknown field \\"spec.replica\\""');
  });

  test("holds for updates, patches and built-in kinds too", async () => {
    const { call } = await serve();
    await call("POST", PLUGINS, { body: plugin("a") });
    await call("POST", CONFIG_MAPS, { body: configMap("m") });
    const strict = "?fieldValidation=Strict";
    const put = await call("PUT", `${PLUGINS}/a${strict}`, { body: wrong });
    expect(put.code).toBe(400);
    const patch = { headers: MERGE, body: { spec: { restart: { polcy: "Never" } } } };
    const patched = await call("PATCH", `${PLUGINS}/a${strict}`, patch);
    expect(patched.json).toMatchObject({
      code: 400,
      message: expect.stringContaining('unknown field "spec.restart.polcy"') as string,
    });
    const data = await call("PATCH", `${CONFIG_MAPS}/m${strict}`, {
      headers: MERGE,
      body: { spec: {} },
    });
    expect(data.json).toMatchObject({
      message: expect.stringMatching(
        /^ConfigMap in version "v1" .*unknown field "spec"$/,
      ) as string,
    });
    const status = await call("PATCH", `${PLUGINS}/a${strict}`, {
      headers: MERGE,
      body: { status: { phase: "Running" }, spec: { config: { anything: { goes: 1 } } } },
    });
    expect(status.code).toBe(200);
  });

  test("keeps 422 for values, also beside unknown fields", async () => {
    const { call } = await serve();
    const body = plugin("a", { spec: { replicas: -1, nonsense: 1 } });
    const { code, json } = await call("POST", PLUGINS, { body });
    expect([code, json]).toMatchObject([
      422,
      { details: { causes: [{ field: "spec.replicas" }] } },
    ]);
    const unknownMode = await call("POST", `${PLUGINS}?fieldValidation=strict`, { body });
    expect(unknownMode.json).toMatchObject({
      code: 422,
      message:
        'fieldValidation: Unsupported value: "strict": supported values: "Ignore", "Strict", "Warn"',
    });
  });
});
