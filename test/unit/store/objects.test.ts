import { describe, expect, test } from "vitest";
import { heldWidgets, names, namespaces, tempPath, testStore, widget, widgets } from "./fixture.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("create", () => {
  test("fills in what only the store knows", async () => {
    const store = await testStore();
    const before = Number(store.resourceVersion());
    const created = store.create(widgets, { ...widget("a"), status: { forged: true } });
    expect(created).toEqual({
      apiVersion: "test.portunix.ai/v1",
      kind: "Widget",
      metadata: {
        name: "a",
        namespace: "default",
        uid: expect.stringMatching(UUID),
        resourceVersion: String(before + 1),
        generation: 1,
        creationTimestamp: "2026-01-02T03:04:05Z",
      },
      spec: { size: 1 },
    });
    expect(store.get(widgets, "default", "a")).toBe(created);
  });

  test("does not believe a uid, generation or time in the input", async () => {
    const store = await testStore();
    const forged = { uid: "x", generation: 9, creationTimestamp: "1999-01-01T00:00:00Z" };
    const input = { ...widget("a"), metadata: { name: "a", namespace: "default", ...forged } };
    const { metadata } = store.create(widgets, input);
    expect(metadata.uid).toMatch(UUID);
    expect(metadata.generation).toBe(1);
    expect(metadata.creationTimestamp).toBe("2026-01-02T03:04:05Z");
  });

  test("refuses a name that is taken, in Kubernetes' words", async () => {
    const store = await testStore();
    store.create(widgets, widget("a"));
    expect(() => store.create(widgets, widget("a"))).toThrow(
      expect.objectContaining({
        code: "AlreadyExists",
        message: 'widgets.test.portunix.ai "a" already exists',
      }),
    );
    expect(names(store.list(widgets, undefined).items)).toEqual(["default/a"]);
  });

  test("refuses new content in a namespace that is being deleted", async () => {
    const store = await testStore();
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "old" } };
    store.create(namespaces, namespace);
    store.create(widgets, widget("before", {}, "old"));
    store.delete(namespaces, "", "old");
    expect(() => store.create(widgets, widget("a", {}, "old"))).toThrow(
      expect.objectContaining({
        code: "PermissionDenied",
        message: expect.stringContaining(
          "unable to create new content in namespace old because it is being terminated",
        ),
      }),
    );
  });

  test("gives the stored object away frozen, and keeps nothing of the caller's", async () => {
    const store = await testStore();
    const spec = { list: [1] };
    const created = store.create(widgets, widget("a", spec));
    spec.list.push(2);
    expect(created.spec).toEqual({ list: [1] });
    expect(() => Object.assign(created.metadata, { name: "b" })).toThrow(TypeError);
    expect(JSON.parse(store.text(created))).toEqual(created);
  });

  test("keeps __proto__ as a plain key", async () => {
    const store = await testStore();
    const created = store.create(widgets, widget("a", JSON.parse('{"__proto__":{"x":1}}')));
    expect(store.text(created)).toContain('"__proto__":{"x":1}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("update", () => {
  test("moves the generation for the spec, not for metadata", async () => {
    const store = await testStore();
    store.create(widgets, widget("a"));
    const labelled = store.update(widgets, {
      ...widget("a"),
      metadata: { name: "a", namespace: "default", labels: { tier: "core" } },
    });
    expect(labelled.metadata).toMatchObject({ generation: 1, labels: { tier: "core" } });
    const resized = store.update(widgets, widget("a", { size: 2 }));
    expect(resized.metadata.generation).toBe(2);
    expect(resized.metadata.labels).toBeUndefined();
  });

  test("keeps the resourceVersion when nothing changes, whatever the order of keys", async () => {
    const store = await testStore();
    const created = store.create(widgets, widget("a", { x: 1, y: 2 }));
    const metadata = { name: "a", namespace: "default", labels: {}, finalizers: [] };
    expect(store.update(widgets, { ...widget("a", { y: 2, x: 1 }), metadata })).toBe(created);
    expect(store.resourceVersion()).toBe(created.metadata.resourceVersion);
  });

  test("keeps status at the main endpoint and all else at the status endpoint", async () => {
    const store = await testStore();
    store.create(widgets, widget("a"));
    const status = { ready: true };
    const ready = store.update(
      widgets,
      { ...widget("a", { size: 99 }), status },
      { subresource: "status" },
    );
    expect(ready).toMatchObject({ spec: { size: 1 }, status, metadata: { generation: 1 } });
    const resized = store.update(widgets, {
      ...widget("a", { size: 2 }),
      status: { ready: false },
    });
    expect(resized).toMatchObject({ spec: { size: 2 }, status, metadata: { generation: 2 } });
  });

  test("refuses a stale resourceVersion and another uid, in Kubernetes' words", async () => {
    const store = await testStore();
    const { metadata } = store.create(widgets, widget("a"));
    store.update(widgets, widget("a", { size: 2 }));
    expect(() => store.update(widgets, { ...widget("a", { size: 3 }), metadata })).toThrow(
      expect.objectContaining({
        code: "Conflict",
        message:
          'Operation cannot be fulfilled on widgets.test.portunix.ai "a": the object has been modified; please apply your changes to the latest version and try again',
      }),
    );
    const other = { name: "a", namespace: "default", uid: "other" };
    expect(() => store.update(widgets, { ...widget("a"), metadata: other })).toThrow(
      expect.objectContaining({ code: "Conflict" }),
    );
    expect(store.get(widgets, "default", "a")?.spec).toEqual({ size: 2 });
  });

  test("of a missing object is NotFound", async () => {
    const store = await testStore();
    expect(() => store.update(widgets, widget("a"))).toThrow(
      expect.objectContaining({
        code: "NotFound",
        message: 'widgets.test.portunix.ai "a" not found',
      }),
    );
  });
});

describe("delete", () => {
  test("removes at once without finalizers, and a new object of the name is another", async () => {
    const store = await testStore();
    const first = store.create(widgets, widget("a"));
    expect(store.delete(widgets, "default", "a").isGone).toBe(true);
    expect(store.get(widgets, "default", "a")).toBeUndefined();
    expect(store.create(widgets, widget("a")).metadata.uid).not.toBe(first.metadata.uid);
  });

  test("waits for the last finalizer", async () => {
    const store = await testStore();
    const { metadata } = store.create(heldWidgets, widget("a"));
    expect(metadata.finalizers).toEqual(["portunix.ai/test"]);
    const { object, isGone } = store.delete(heldWidgets, "default", "a");
    expect(isGone).toBe(false);
    expect(object.metadata).toMatchObject({
      deletionTimestamp: "2026-01-02T03:04:05Z",
      generation: 1,
    });
    expect(store.delete(heldWidgets, "default", "a").object).toBe(object);
    expect(() => store.create(heldWidgets, widget("a"))).toThrow(/object is being deleted/);
    store.update(heldWidgets, widget("a"));
    expect(store.get(heldWidgets, "default", "a")).toBeUndefined();
  });

  test("takes no new finalizer on the way out", async () => {
    const store = await testStore();
    store.create(heldWidgets, widget("a"));
    store.delete(heldWidgets, "default", "a");
    const finalizers = ["portunix.ai/test", "portunix.ai/more"];
    const metadata = { name: "a", namespace: "default", finalizers };
    expect(() => store.update(heldWidgets, { ...widget("a"), metadata })).toThrow(
      /no new finalizers can be added/,
    );
  });

  test("holds to its preconditions", async () => {
    const store = await testStore();
    const { metadata } = store.create(widgets, widget("a"));
    const conflict = expect.objectContaining({ code: "Conflict" });
    expect(() => store.delete(widgets, "default", "a", { uid: "other" })).toThrow(conflict);
    expect(() => store.delete(widgets, "default", "a", { resourceVersion: "1" })).toThrow(conflict);
    const { uid, resourceVersion } = metadata;
    expect(store.delete(widgets, "default", "a", { uid, resourceVersion }).isGone).toBe(true);
    expect(() => store.delete(widgets, "default", "a")).toThrow(
      expect.objectContaining({ code: "NotFound" }),
    );
  });
});

test("a dry run computes everything and changes nothing", async () => {
  const store = await testStore();
  const events: string[] = [];
  store.create(widgets, widget("a"));
  const before = store.resourceVersion();
  store.watch(widgets, undefined, before, ({ type }) => events.push(type));
  const dryRun = { dryRun: true };
  expect(store.create(widgets, widget("b"), dryRun).metadata.uid).toMatch(UUID);
  expect(store.update(widgets, widget("a", { size: 2 }), dryRun).metadata.generation).toBe(2);
  expect(store.delete(widgets, "default", "a", dryRun).isGone).toBe(true);
  expect(names(store.list(widgets, undefined).items)).toEqual(["default/a"]);
  expect(store.resourceVersion()).toBe(before);
  expect(events).toEqual([]);
});

test("lists by namespace, then name, of one namespace or of all", async () => {
  const store = await testStore();
  for (const [namespace, name] of [
    ["b", "x"],
    ["a", "z"],
    ["b", "c"],
    ["a", "y"],
    ["a-b", "m"],
  ]) {
    store.create(widgets, widget(name ?? "", {}, namespace));
  }
  const all = ["a/y", "a/z", "a-b/m", "b/c", "b/x"];
  expect(names(store.list(widgets, undefined).items)).toEqual(all);
  expect(names(store.list(widgets, "a").items)).toEqual(["a/y", "a/z"]);
  expect(store.list(widgets, "none").items).toEqual([]);
});

test("everything is there again after a restart", async () => {
  const path = tempPath();
  const store = await testStore({ path });
  store.create(widgets, widget("a"));
  const updated = store.update(widgets, widget("a", { size: 2 }));
  store.create(widgets, widget("gone"));
  store.delete(widgets, "default", "gone");
  const version = store.resourceVersion();
  store.close();
  const again = await testStore({ path });
  expect(again.list(widgets, undefined)).toEqual({ items: [updated], resourceVersion: version });
  const next = again.create(widgets, widget("b"));
  expect(next.metadata.resourceVersion).toBe(String(Number(version) + 1));
});
