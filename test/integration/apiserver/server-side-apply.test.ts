import { describe, expect, test } from "vitest";
import type { ManagedFieldsEntry, StoredObject } from "../../../src/api/meta.ts";
import { LAST_APPLIED_ANNOTATION } from "../../../src/api/meta.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import type { Answer, Call } from "./harness.ts";
import { CONFIG_MAPS, configMap, objectOf, plugin, PLUGINS, serve } from "./harness.ts";

const YAML = { "content-type": "application/apply-patch+yaml" };
const MERGE = { "content-type": "application/merge-patch+json" };
const JSON_PATCH = { "content-type": "application/json-patch+json" };

interface Options {
  readonly force?: boolean;
  readonly query?: string;
}

function apply(
  call: Call,
  path: string,
  [manager, body]: readonly [manager: string, body: unknown],
  { force = false, query = "" }: Options = {},
): Promise<Answer> {
  const target = `${path}?fieldManager=${manager}&force=${force}${query}`;
  return call("PATCH", target, { headers: YAML, body });
}

describe("apply", () => {
  test("makes the object with 201, and again changes nothing, not even a time", async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 2));
    const { call } = await serve({ clock });
    const body = configMap("a", { one: "1" });
    const created = await apply(call, `${CONFIG_MAPS}/a`, ["ci", body]);
    expect(created.code).toBe(201);
    expect(entriesOf(created)).toEqual([
      {
        manager: "ci",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-01-02T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:one": {} } },
      },
    ]);
    await clock.advance(60_000);
    const again = await apply(call, `${CONFIG_MAPS}/a`, ["ci", body]);
    expect(again.code).toBe(200);
    expect(again.json).toEqual(created.json);
  });

  test("takes YAML, and defaults what it says nothing of", async () => {
    const { call } = await serve();
    const text =
      "apiVersion: portunix.ai/v1alpha1\nkind: Plugin\nmetadata: {name: a}\nspec:\n  source: {path: /srv/a}\n";
    const { code, json } = await apply(call, `${PLUGINS}/a`, ["ci", text]);
    expect(code).toBe(201);
    expect(json).toMatchObject({ spec: { replicas: 1, source: { path: "/srv/a" } } });
    const [entry] = entriesOf({ json });
    expect(entry?.fieldsV1).toEqual({ "f:spec": { "f:source": { "f:path": {} } } });
  });

  test("is refused where another manager holds another value, field by field, until forced", async () => {
    const { call } = await serve();
    const path = `${PLUGINS}/a`;
    await apply(call, path, ["one", plugin("a", { spec: { replicas: 1, suspend: true } })]);
    const wanted = plugin("a", { spec: { replicas: 2, suspend: false } });
    const refused = await apply(call, path, ["two", wanted]);
    expect(refused.code).toBe(409);
    expect(refused.json).toMatchObject({
      kind: "Status",
      reason: "Conflict",
      message:
        'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n- .spec.suspend',
      details: {
        causes: [
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "one"',
            field: ".spec.replicas",
          },
          { reason: "FieldManagerConflict", field: ".spec.suspend" },
        ],
      },
    });
    const forced = await apply(call, path, ["two", wanted], { force: true });
    expect(forced.code).toBe(200);
    expect(specOf(forced)).toMatchObject({ replicas: 2, suspend: false });
    const back = await apply(call, path, ["one", plugin("a", { spec: { replicas: 1 } })]);
    expect(back.json).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "two": .spec.replicas',
    });
  });

  test("names a writer that did not apply with its version and subresource", async () => {
    const { call } = await serve();
    const path = `${PLUGINS}/a`;
    await apply(call, path, ["ci", plugin("a", { spec: { replicas: 1 } })]);
    const body = { spec: { replicas: 5 } };
    await call("PATCH", `${path}?fieldManager=hand`, { headers: MERGE, body });
    const refused = await apply(call, path, ["ci", plugin("a", { spec: { replicas: 1 } })]);
    expect(refused.json).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "hand" using portunix.ai/v1alpha1: .spec.replicas',
    });
  });

  test("meets a Scale as the holder of the replicas", async () => {
    const { call } = await serve();
    const path = `${PLUGINS}/a`;
    const body = plugin("a", { spec: { replicas: 1 } });
    await apply(call, path, ["ci", body]);
    const scale = { spec: { replicas: 3 } };
    const query = "?fieldManager=kubectl";
    const scaled = await call("PATCH", `${path}/scale${query}`, { headers: MERGE, body: scale });
    expect(scaled.code).toBe(200);
    const refused = await apply(call, path, ["ci", body]);
    expect(refused.json).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using portunix.ai/v1alpha1: .spec.replicas',
    });
  });

  test("takes away what its manager no longer states, unless another one does", async () => {
    const { call } = await serve();
    const path = `${CONFIG_MAPS}/a`;
    await apply(call, path, ["x", configMap("a", { mine: "1", shared: "1" })]);
    expect((await apply(call, path, ["y", configMap("a", { shared: "1" })])).code).toBe(200);
    const left = await apply(call, path, ["x", configMap("a", {})]);
    expect(left.json).toMatchObject({ data: { shared: "1" } });
    expect(JSON.stringify(left.json)).not.toContain("mine");
  });

  test("raises the generation only with the spec, and a dry run stores nothing", async () => {
    const { call } = await serve();
    const path = `${PLUGINS}/a`;
    await apply(call, path, ["ci", plugin("a")]);
    const labelled = plugin("a", { metadata: { labels: { tier: "core" } } });
    expect(metadataOf(await apply(call, path, ["ci", labelled])).generation).toBe(1);
    const changed = plugin("a", { spec: { replicas: 3 } });
    const dry = await apply(call, path, ["ci", changed], { query: "&dryRun=All" });
    expect(metadataOf(dry).generation).toBe(2);
    expect(specOf(dry)).toMatchObject({ replicas: 3 });
    expect(metadataOf(await call("GET", path)).generation).toBe(1);
  });

  test("takes over from client-side apply without a conflict, and renews its annotation", async () => {
    const { call } = await serve();
    const path = `${PLUGINS}/a`;
    const before = plugin("a", { spec: { replicas: 1 } });
    const annotations = { [LAST_APPLIED_ANNOTATION]: `${JSON.stringify(before)}\n` };
    const sent = plugin("a", { metadata: { annotations }, spec: { replicas: 1 } });
    await call("POST", `${PLUGINS}?fieldManager=kubectl-client-side-apply`, { body: sent });
    const after = plugin("a", { spec: { replicas: 4 } });
    expect((await apply(call, path, ["someone", after])).code).toBe(409);
    const migrated = await apply(call, path, ["kubectl", after]);
    expect(migrated.code).toBe(200);
    expect(specOf(migrated)).toMatchObject({ replicas: 4 });
    const renewed = metadataOf(migrated).annotations?.[LAST_APPLIED_ANNOTATION] ?? "";
    expect(JSON.parse(renewed)).toEqual(after);
  });

  test("meets what was there before anyone was tracked as one manager", async () => {
    const { call, store } = await serve();
    const path = `${CONFIG_MAPS}/a`;
    await call("POST", CONFIG_MAPS, { body: configMap("a", { one: "1" }) });
    await call("PATCH", path, { headers: MERGE, body: { metadata: { managedFields: [{}] } } });
    expect(metadataOf(await call("GET", path)).managedFields).toBeUndefined();
    expect(Number(store.resourceVersion())).toBeGreaterThan(0);
    const refused = await apply(call, path, ["ci", configMap("a", { one: "2" })]);
    expect(refused.json).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.one',
    });
  });

  test.each([
    ["an unknown field", plugin("a", { spec: { sorce: 1 } }), "field not declared in schema"],
    ["a list for a map", plugin("a", { spec: { source: [] } }), "expected map, got list"],
    ["managedFields", plugin("a", { metadata: { managedFields: [] } }), "must be nil"],
    ["another version", { kind: "Plugin", metadata: { name: "a" } }, "Incorrect version"],
    ["another name", plugin("b"), "does not match the name on the URL"],
    ["no document", "", "one document expected"],
    ["two documents", "a: 1\n---\nb: 2\n", "one document expected"],
    ["broken YAML", "a: [", "error decoding YAML"],
  ])("refuses %s with 400", async (_what, body, message) => {
    const { call } = await serve();
    const answer = await apply(call, `${PLUGINS}/a`, ["ci", body]);
    expect(answer.code).toBe(400);
    expect((answer.json as { message: string }).message).toContain(message);
  });

  test("asks for a manager's name, and other patches may not force", async () => {
    const { call } = await serve();
    const nameless = await call("PATCH", `${PLUGINS}/a`, { headers: YAML, body: plugin("a") });
    expect(nameless.code).toBe(422);
    expect(nameless.json).toMatchObject({
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
    await call("POST", PLUGINS, { body: plugin("a") });
    const forced = await call("PATCH", `${PLUGINS}/a?force=true`, { headers: MERGE, body: {} });
    expect(forced.code).toBe(422);
    const headers = { "content-type": "application/apply-patch+cbor" };
    expect((await call("PATCH", `${PLUGINS}/a`, { headers, body: {} })).code).toBe(415);
  });
});

describe("managedFields", () => {
  test("say who made the object and who changed what, by fieldManager or User-Agent", async () => {
    const { call } = await serve();
    const path = `${CONFIG_MAPS}/a`;
    const headers = { "user-agent": "tool/1.2 (linux)" };
    await call("POST", CONFIG_MAPS, { headers, body: configMap("a", { one: "1", two: "2" }) });
    const body = { data: { two: "3", three: "4" } };
    const patched = await call("PATCH", `${path}?fieldManager=hand`, { headers: MERGE, body });
    expect(fieldsBy(patched)).toEqual({
      tool: { "f:data": { ".": {}, "f:one": {} } },
      hand: { "f:data": { "f:two": {}, "f:three": {} } },
    });
    const replaced = await call("PUT", `${path}?fieldManager=last`, {
      body: configMap("a", { two: "3" }),
    });
    expect(fieldsBy(replaced)).toEqual({
      tool: { "f:data": {} },
      hand: { "f:data": { "f:two": {} } },
    });
  });

  test("keep status apart from the rest, each by its own endpoint", async () => {
    const { call } = await serve();
    const path = `${PLUGINS}/a`;
    await apply(call, path, ["ci", plugin("a")]);
    const body = { status: { phase: "Running" }, spec: { replicas: 9 } };
    const query = "?fieldManager=controller";
    const written = await call("PATCH", `${path}/status${query}`, { headers: MERGE, body });
    expect(specOf(written)).toMatchObject({ replicas: 1 });
    expect(entriesOf(written).at(-1)).toMatchObject({
      manager: "controller",
      operation: "Update",
      subresource: "status",
      fieldsV1: { "f:status": { "f:phase": {} } },
    });
    const ignored = { ...plugin("a"), status: { phase: "Stopped" } };
    const applied = await apply(call, path, ["ci", ignored]);
    expect(applied.code).toBe(200);
    expect(applied.json).toMatchObject({ status: { phase: "Running" } });
    const refused = await apply(call, `${path}/status`, ["ci", ignored]);
    expect(refused.json).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "controller" with subresource "status" using portunix.ai/v1alpha1: .status.phase',
    });
    expect((await apply(call, `${PLUGINS}/none/status`, ["ci", plugin("none")])).code).toBe(404);
  });

  test("may be written by a client, and what is no managedFields is passed over", async () => {
    const { call } = await serve();
    const path = `${CONFIG_MAPS}/a`;
    const created = await call("POST", `${CONFIG_MAPS}?fieldManager=x`, {
      body: configMap("a", { one: "1" }),
    });
    const renamed = entriesOf(created).map((entry) => ({ ...entry, manager: "y" }));
    const value = [{ op: "replace", path: "/metadata/managedFields", value: renamed }];
    const written = await call("PATCH", path, { headers: JSON_PATCH, body: value });
    expect(Object.keys(fieldsBy(written))).toEqual(["y"]);
    const broken = [{ op: "replace", path: "/metadata/managedFields", value: [{ manager: 1 }] }];
    const kept = await call("PATCH", path, { headers: JSON_PATCH, body: broken });
    expect(kept.json).toEqual(written.json);
  });

  test("hold ten managers that do not apply, and the oldest are joined", async () => {
    const { call } = await serve();
    const path = `${CONFIG_MAPS}/a`;
    await call("POST", `${CONFIG_MAPS}?fieldManager=m0`, { body: configMap("a", { k0: "" }) });
    for (let i = 1; i < 14; i += 1) {
      const body = { data: { [`k${i}`]: "" } };
      await call("PATCH", `${path}?fieldManager=m${i}`, { headers: MERGE, body });
    }
    const held = fieldsBy(await call("GET", path));
    expect(Object.keys(held)).toHaveLength(10);
    expect(held).toHaveProperty("ancient-changes");
    expect(held).toHaveProperty("m13");
  });
});

function entriesOf({ json }: Pick<Answer, "json">): readonly ManagedFieldsEntry[] {
  return (json as StoredObject).metadata.managedFields ?? [];
}

function fieldsBy(answer: Answer): Readonly<Record<string, object>> {
  return Object.fromEntries(entriesOf(answer).map(({ manager, fieldsV1 }) => [manager, fieldsV1]));
}

function metadataOf(answer: Answer): StoredObject["metadata"] {
  return objectOf(answer).metadata;
}

function specOf(answer: Answer): unknown {
  return objectOf(answer).spec;
}
