import { describe, expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import type { InstanceStatus } from "../../../src/api/plugin.ts";
import { deploymentDefinition } from "../../../src/api/views/deployment-definition.ts";
import { podDefinition } from "../../../src/api/views/pod-definition.ts";
import type { StoreEvent } from "../../../src/apiserver/ports.ts";
import { ViewedStore } from "../../../src/apiserver/viewed-store.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { createViews } from "../../../src/daemon/views/create-views.ts";
import { nodeFacts } from "../../../src/daemon/views/node-facts.ts";
import { MemoryStore } from "../../helpers/memory-store.ts";
import { instanceOf, pluginOf } from "../api/views/plugins.ts";

describe("a view over stored objects", () => {
  test("is listed by namespace and name, at the store's resourceVersion", () => {
    const { store, create } = viewed();
    for (const name of ["b", "a-1", "a"]) create(name);
    const { items, resourceVersion } = store.list(podDefinition, "default");
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      "a-0",
      "a-1",
      "a-1-0",
      "a-1-1",
      "b-0",
      "b-1",
    ]);
    expect(resourceVersion).toBe(store.resourceVersion());
    expect(store.list(podDefinition, "other").items).toEqual([]);
  });

  test("gives an object by its name, and none by the name of no Pod", () => {
    const { store, create } = viewed();
    create("a");
    expect(store.get(podDefinition, "default", "a-1")?.metadata.name).toBe("a-1");
    for (const name of ["a", "a-2", "b-0"])
      expect(store.get(podDefinition, "default", name)).toBeUndefined();
  });

  test("tells watchers of what has changed, and of nothing else", () => {
    const { store, create, observe, follow } = viewed();
    const events = follow(store.resourceVersion());
    create("a");
    expect(events.splice(0)).toEqual(["ADDED a-0", "ADDED a-1"]);
    observe("a", []);
    expect(events.splice(0)).toEqual(["MODIFIED a-0", "MODIFIED a-1"]);
    observe("a", [instanceOf(0)]);
    expect(events.splice(0)).toEqual(["MODIFIED a-0"]);
    observe("a", [instanceOf(0)], "look again");
    expect(events.splice(0)).toEqual(["MODIFIED a-1"]);
    observe("a", [instanceOf(0)], "look again", { restarts: 1 });
    expect(events.splice(0)).toEqual([]);
  });

  test("lets a watch go on from any resourceVersion, with what was missed", () => {
    const { store, create, observe, follow } = viewed();
    const before = store.resourceVersion();
    create("a");
    const between = store.resourceVersion();
    observe("a", [instanceOf(0), instanceOf(1)]);
    expect(follow(before)).toEqual(["ADDED a-0", "ADDED a-1", "MODIFIED a-0", "MODIFIED a-1"]);
    expect(follow(between)).toEqual(["MODIFIED a-0", "MODIFIED a-1"]);
  });

  test("tells of a Pod that another one took the name of, first the end and then the beginning", () => {
    const { store, create, observe, follow } = viewed();
    create("a");
    observe("a", [instanceOf(0), instanceOf(1)]);
    const events = follow(store.resourceVersion());
    const { object, isGone } = store.delete(podDefinition, "default", "a-1");
    expect(isGone).toBe(false);
    expect(object.metadata.deletionTimestamp).toBeDefined();
    expect(events.splice(0)).toEqual(["MODIFIED a-1"]);
    observe("a", [instanceOf(0)]);
    expect(events.splice(0)).toEqual(["DELETED a-1", "ADDED a-1"]);
  });

  test("is written to by a write to its source, and to no other", () => {
    const { store, create } = viewed();
    create("a");
    const live = store.get(deploymentDefinition, "default", "a") as StoredObject;
    const spec = { ...(live.spec as object), replicas: 4 };
    const dry = store.update(deploymentDefinition, { ...live, spec }, { dryRun: true });
    expect((dry.spec as { replicas: number }).replicas).toBe(4);
    expect(store.list(podDefinition, "default").items).toHaveLength(2);
    const written = store.update(deploymentDefinition, { ...live, spec });
    expect((written.spec as { replicas: number }).replicas).toBe(4);
    expect(store.get(pluginDefinition, "default", "a")?.spec).toMatchObject({ replicas: 4 });
    expect(store.list(podDefinition, "default").items).toHaveLength(4);
    const stale = { ...live, spec: { ...spec, replicas: 5 } };
    expect(() => store.update(deploymentDefinition, stale)).toThrow(/has been modified/);
  });

  test("checks what its source becomes, and which object is meant", () => {
    const { store, create } = viewed();
    create("a");
    const deployment = store.get(deploymentDefinition, "default", "a") as StoredObject;
    const { resourceVersion: _, ...metadata } = deployment.metadata;
    const live = { ...deployment, metadata };
    const spec = { ...(live.spec as object), replicas: -1 };
    expect(() => store.update(deploymentDefinition, { ...live, spec })).toThrow(/spec\.replicas/);
    const wrong = { ...live, metadata: { ...metadata, uid: "another" } };
    expect(() => store.update(deploymentDefinition, wrong)).toThrow(/UID in precondition/);
    expect(() => store.delete(podDefinition, "default", "a-0", { uid: "another" })).toThrow(
      /UID in precondition/,
    );
    expect(() => store.delete(podDefinition, "default", "a-7")).toThrow(/"a-7" not found/);
    expect(() => store.create(podDefinition, live)).toThrow(/does not allow/);
    expect(() => store.delete(deploymentDefinition, "default", "a")).toThrow(/does not allow/);
  });
});

function viewed() {
  const inner = new MemoryStore();
  const store = new ViewedStore(inner, createViews(nodeFacts("0.1.0")), systemClock);
  return {
    store,
    create: (name: string) => {
      const { metadata: _, status: _status, ...plugin } = pluginOf();
      return store.create(pluginDefinition, {
        ...plugin,
        metadata: { name, namespace: "default" },
      });
    },
    /** Writes the status as the controller does. */
    observe: (
      name: string,
      instances: readonly InstanceStatus[],
      nextAction?: string,
      more = {},
    ) => {
      const live = inner.get(pluginDefinition, "default", name) as StoredObject;
      const { resourceVersion: _, ...metadata } = live.metadata;
      const told = nextAction === undefined ? {} : { nextAction };
      const status = { ...pluginOf({ status: { instances, ...more } }).status, ...told };
      inner.update(pluginDefinition, { ...live, metadata, status }, { subresource: "status" });
    },
    follow: (from: string): string[] => {
      const events: string[] = [];
      store.watch(podDefinition, "default", from, ({ type, object }: StoreEvent) => {
        events.push(`${type} ${object.metadata.name}`);
      });
      return events;
    },
  };
}
