import { describe, expect, test } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { eventDefinition } from "../../../src/api/event-definition.ts";
import { toKey } from "../../../src/api/key.ts";
import type { InputObject, ObjectRef } from "../../../src/api/meta.ts";
import type { PluginStatus } from "../../../src/api/plugin.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { createPluginChanges } from "../../../src/store/plugin-changes.ts";
import { createPluginStore } from "../../../src/store/plugin-store.ts";
import { createSourceStore } from "../../../src/store/source-store.ts";
import { tempPath, testStore } from "./fixture.ts";

const KEY = toKey("default", "monitor");

function plugin(name = "monitor", spec: object = {}): InputObject {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: { name },
    spec: { source: { path: "/srv/monitor" }, ...spec },
  };
}

function refOf(name: string): ObjectRef {
  return { apiVersion: "portunix.ai/v1alpha1", kind: "Plugin", namespace: "default", name };
}

const status = (restarts: number): PluginStatus => ({
  observedGeneration: 1,
  phase: "Running",
  ready: "1/1",
  replicas: 1,
  readyReplicas: 1,
  restarts,
  conditions: [],
  instances: [],
  blockers: [],
});

async function stores(path = tempPath()) {
  const store = await testStore({ path, definitions: allDefinitions });
  return {
    path,
    store,
    plugins: createPluginStore<{ n: number }>(store),
    sources: createSourceStore(store),
    changes: createPluginChanges(store),
  };
}

describe("the reconciler's store", () => {
  test("saves status and memory as one, and writes nothing that is there already", async () => {
    const { store, plugins, sources, path } = await stores();
    const { uid } = sources.createObject(plugin()).metadata;
    plugins.saveDecision(KEY, uid, status(0), { n: 1 });
    const version = store.resourceVersion();
    expect(plugins.get(KEY)?.status).toEqual(status(0));
    plugins.saveDecision(KEY, uid, status(0), { n: 1 });
    plugins.saveDecision(KEY, uid, status(0), { n: 2 });
    expect(store.resourceVersion()).toBe(version);
    plugins.saveDecision(KEY, uid, status(1), { n: 2 });
    expect(Number(store.resourceVersion())).toBe(Number(version) + 1);
    expect(plugins.get(KEY)?.metadata.generation).toBe(1);
    store.close();
    const again = await stores(path);
    expect(again.plugins.getMemory(KEY)).toEqual({ n: 2 });
    expect(again.plugins.get(KEY)?.status).toEqual(status(1));
    again.plugins.forgetMemory(KEY);
    again.store.close();
    expect((await stores(path)).plugins.getMemory(KEY)).toBeUndefined();
  });

  test("saves nothing for an object that is gone, or another of its name", async () => {
    const { store, plugins, sources } = await stores();
    const { uid } = sources.createObject(plugin()).metadata;
    plugins.saveDecision(KEY, "other", status(0), { n: 1 });
    expect(plugins.get(KEY)?.status).toMatchObject({ observedGeneration: 0 });
    sources.deleteObject(refOf("monitor"));
    plugins.removeFinalizer(KEY, uid);
    plugins.saveDecision(KEY, uid, status(0), { n: 1 });
    expect(plugins.getMemory(KEY)).toBeUndefined();
    expect(store.list(pluginDefinition, undefined).items).toEqual([]);
  });

  test("holds a Plugin until its finalizer is taken off, by the right uid", async () => {
    const { plugins, sources } = await stores();
    const { uid, finalizers } = sources.createObject(plugin()).metadata;
    expect(finalizers).toEqual(["portunix.ai/plugin"]);
    sources.deleteObject(refOf("monitor"));
    expect(plugins.get(KEY)?.metadata.deletionTimestamp).toBeDefined();
    plugins.removeFinalizer(KEY, "other");
    expect(plugins.get(KEY)).toBeDefined();
    plugins.removeFinalizer(KEY, uid);
    plugins.removeFinalizer(KEY, uid);
    expect(plugins.get(KEY)).toBeUndefined();
  });

  test("finds other objects by their kind, and records events of Plugins", async () => {
    const { store, plugins, sources } = await stores();
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
    sources.createObject(secret);
    expect(plugins.getObject("v1", "Secret", "default", "s")?.metadata.name).toBe("s");
    expect(plugins.getObject("v1", "Nothing", "default", "s")).toBeUndefined();
    plugins.recordEvent({
      key: KEY,
      uid: "u",
      type: "Normal",
      reason: "Started",
      message: "pid 1",
    });
    store.events.flush();
    expect(store.list(eventDefinition, "default").items).toMatchObject([
      { involvedObject: { ...refOf("monitor"), uid: "u" }, source: { component: "reconciler" } },
    ]);
  });
});

describe("the sources' store", () => {
  test("admits what it is given: defaults, validation, generation", async () => {
    const { sources } = await stores();
    expect(sources.createObject(plugin()).spec).toMatchObject({ replicas: 1 });
    const invalid = expect.objectContaining({ code: "ManifestInvalid" });
    expect(() => sources.updateObject(plugin("monitor", { replicas: "x" }))).toThrow(invalid);
    expect(() => sources.createObject({ ...plugin("b"), kind: "Plugins" })).toThrow(
      'no matches for kind "Plugins" in version "portunix.ai/v1alpha1"',
    );
    const updated = sources.updateObject(plugin("monitor", { suspend: true }));
    expect(updated.metadata).toMatchObject({ generation: 2, finalizers: ["portunix.ai/plugin"] });
  });

  test("keeps the inventory of each source, one owner for each object, over a restart", async () => {
    const { store, sources, path } = await stores();
    const entry = (name: string, line: number) => ({
      ref: refOf(name),
      file: "a.yaml",
      line,
      applied: "{}",
    });
    sources.saveInventory("one", [entry("a", 1), entry("b", 2)]);
    sources.saveInventory("two", [entry("c", 3)]);
    expect(() => sources.saveInventory("two", [entry("c", 3), entry("a", 9)])).toThrow(
      expect.objectContaining({
        code: "Conflict",
        message: expect.stringContaining("Plugin default/a belongs to one"),
      }),
    );
    sources.saveInventory("one", [entry("b", 5)]);
    store.close();
    const again = (await stores(path)).sources;
    expect(again.inventory("one")).toEqual([entry("b", 5)]);
    expect(again.inventory("two")).toEqual([entry("c", 3)]);
    expect(["a", "b", "c"].map((name) => again.ownerOf(refOf(name)))).toEqual([
      undefined,
      "one",
      "two",
    ]);
    again.saveInventory("one", []);
    again.saveInventory("two", [entry("b", 1)]);
    expect(again.ownerOf(refOf("b"))).toBe("two");
    expect(again.inventory("one")).toEqual([]);
  });

  test("keeps a claim when its object goes", async () => {
    const { sources } = await stores();
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
    const ref = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "s" };
    sources.createObject(secret);
    sources.saveInventory("one", [{ ref, file: "s.yaml", line: 1, applied: "{}" }]);
    sources.deleteObject(ref);
    expect(sources.getObject(ref)).toBeUndefined();
    expect(sources.ownerOf(ref)).toBe("one");
  });

  test("passes problems of the owner, and conflicts, on to the reconciler until they are gone", async () => {
    const { sources, plugins } = await stores();
    const problem = {
      ref: refOf("monitor"),
      file: "a.yaml",
      line: 4,
      column: 7,
      message: "spec.x: unknown field",
    };
    sources.setProblems("one", [problem, { ...problem, line: 9 }, { ...problem, ref: undefined }]);
    expect(plugins.sourceProblem(KEY)).toBe("a.yaml:4:7 spec.x: unknown field (and 1 more)");
    sources.saveInventory("two", [
      { ref: refOf("monitor"), file: "b.yaml", line: 1, applied: "{}" },
    ]);
    expect(plugins.sourceProblem(KEY)).toBeUndefined();
    sources.setConflicts("one", [{ ref: refOf("monitor"), message: "also in two" }]);
    expect(plugins.ownershipConflict(KEY)).toBe("also in two");
    sources.setConflicts("one", []);
    expect(plugins.ownershipConflict(KEY)).toBeUndefined();
  });
});

describe("the reconciler's watch", () => {
  test("tells its own echo from a user's change, and hears of sources' notes", async () => {
    const { sources, plugins, changes } = await stores();
    const heard: string[] = [];
    const stop = changes.watchPlugins(({ key, isStatusOnly }) =>
      heard.push(`${key} ${isStatusOnly}`),
    );
    const { uid } = sources.createObject(plugin()).metadata;
    plugins.saveDecision(KEY, uid, status(0), { n: 1 });
    sources.updateObject({ ...plugin(), metadata: { name: "monitor", labels: { tier: "core" } } });
    const problem = { ref: refOf("monitor"), file: "a.yaml", line: 1, column: 1, message: "bad" };
    sources.setProblems("one", [problem]);
    sources.setProblems("one", [problem]);
    sources.setProblems("one", []);
    sources.deleteObject(refOf("monitor"));
    plugins.removeFinalizer(KEY, uid);
    const kinds = ["false", "true", "false", "false", "false", "false", "false"];
    expect(heard).toEqual(kinds.map((kind) => `${KEY} ${kind}`));
    stop();
    sources.createObject(plugin());
    sources.setProblems("one", [problem]);
    expect(heard).toHaveLength(kinds.length);
  });

  test("hears of Secrets and ConfigMaps", async () => {
    const { sources, changes } = await stores();
    const heard: string[] = [];
    const stop = changes.watchConfigObjects(({ kind, namespace, name }) =>
      heard.push(`${kind} ${namespace}/${name}`),
    );
    for (const kind of ["Secret", "ConfigMap"])
      sources.createObject({ apiVersion: "v1", kind, metadata: { name: "x" } });
    stop();
    sources.deleteObject({ apiVersion: "v1", kind: "Secret", namespace: "default", name: "x" });
    expect(heard).toEqual(["Secret default/x", "ConfigMap default/x"]);
  });
});
