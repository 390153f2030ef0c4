import { describe, expect, test } from "vitest";
import { configMapDefinition } from "../../../src/api/config-map-definition.ts";
import { objectOf, plugin, PLUGINS, serve } from "./harness.ts";

const NAMESPACES = "/api/v1/namespaces";
const TEAM_PLUGINS = PLUGINS.replace("default", "team");
const MERGE = { "content-type": "application/merge-patch+json" };

const team = { body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } } };

describe("namespaces", () => {
  test("are there at start, and made by a client", async () => {
    const { call } = await serve();
    expect((await call("GET", NAMESPACES)).json).toMatchObject({
      items: [
        { metadata: { name: "default" }, status: { phase: "Active" } },
        { metadata: { name: "kube-system" } },
      ],
    });
    expect((await call("POST", NAMESPACES, team)).json).toMatchObject({
      metadata: { name: "team", labels: { "kubernetes.io/metadata.name": "team" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
    const put = await call("PUT", `${NAMESPACES}/team`, {
      body: { ...team.body, spec: { finalizers: [] } },
    });
    expect(put.json).toMatchObject({ spec: { finalizers: ["kubernetes"] } });
  });

  test("are made for what a source of manifests brings, which knows nothing of them", async () => {
    const { call, store } = await serve();
    const metadata = { name: "m", namespace: "brought" };
    store.create(configMapDefinition, { apiVersion: "v1", kind: "ConfigMap", metadata });
    expect((await call("GET", `${NAMESPACES}/brought`)).json).toMatchObject({
      status: { phase: "Active" },
    });
  });

  test("must be there before what they hold", async () => {
    const { call } = await serve();
    const answer = await call("POST", TEAM_PLUGINS, { body: plugin("a") });
    expect(answer.json).toMatchObject({
      code: 404,
      reason: "NotFound",
      message: 'namespaces "team" not found',
      details: { name: "team", kind: "namespaces" },
    });
    const dry = await call("POST", `${TEAM_PLUGINS}?dryRun=All`, { body: plugin("a") });
    expect(dry.code).toBe(404);
  });

  test.each(["default", "kube-system"])("%s cannot be deleted", async (name) => {
    const { call } = await serve();
    expect((await call("DELETE", `${NAMESPACES}/${name}`)).json).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });

  test("that are deleted while empty are gone", async () => {
    const { call } = await serve();
    await call("POST", NAMESPACES, team);
    expect((await call("DELETE", `${NAMESPACES}/team`)).code).toBe(200);
    expect((await call("GET", `${NAMESPACES}/team`)).code).toBe(404);
  });

  test("take along what they hold, and wait for its finalizers", async () => {
    const { call } = await serve();
    await call("POST", NAMESPACES, team);
    await call("POST", TEAM_PLUGINS, { body: plugin("held") });
    await call("POST", `${NAMESPACES}/team/configmaps`, { body: { metadata: { name: "m" } } });
    await call("POST", PLUGINS, { body: plugin("other") });
    const deleted = await call("DELETE", `${NAMESPACES}/team`);
    expect(deleted.code).toBe(200);
    expect((await call("GET", `${NAMESPACES}/team`)).json).toMatchObject({
      status: { phase: "Terminating" },
    });
    expect((await call("GET", `${NAMESPACES}/team/configmaps/m`)).code).toBe(404);
    const held = objectOf(await call("GET", `${TEAM_PLUGINS}/held`));
    expect(held.metadata.deletionTimestamp).toBeDefined();
    const late = await call("POST", TEAM_PLUGINS, { body: plugin("late") });
    expect(late.json).toMatchObject({
      code: 403,
      message:
        'plugins.portunix.ai "late" is forbidden: unable to create new content in namespace team because it is being terminated',
    });
    // As the controller does once it has undone the Plugin.
    await call("PATCH", `${TEAM_PLUGINS}/held`, {
      headers: MERGE,
      body: { metadata: { finalizers: null } },
    });
    expect((await call("GET", `${NAMESPACES}/team`)).code).toBe(404);
    expect((await call("GET", `${PLUGINS}/other`)).code).toBe(200);
    expect((await call("POST", NAMESPACES, team)).code).toBe(201);
  });
});
