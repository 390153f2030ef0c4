import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { admit } from "../../../src/api/admission.ts";
import {
  type ControllerRevision,
  controllerRevisionDefinition,
} from "../../../src/api/controller-revision-definition.ts";
import { allDefinitions } from "../../../src/api/definitions.ts";
import type { InputObject } from "../../../src/api/meta.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { keepRevisions } from "../../../src/daemon/keep-revisions.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

async function openedStore(): Promise<Store> {
  const store = await openStore({
    path: join(tempDir(), "state", "portunix.db"),
    clock: new FakeClock(Date.UTC(2026, 0, 2)),
    logger: silentLogger,
    definitions: [...allDefinitions, controllerRevisionDefinition],
  });
  onTestFinished(() => store.close());
  return store;
}

/** A Plugin whose config says `step`. */
function plugin(step: number, more: object = {}, annotations?: object): InputObject {
  return admit(pluginDefinition, {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: { name: "a", namespace: "default", annotations },
    spec: { source: { path: "/p" }, config: { step }, ...more },
  });
}

/** `number:step` of each revision, by number. */
function historyOf(store: Store): string[] {
  const { items } = store.list(controllerRevisionDefinition, undefined);
  return (items as readonly ControllerRevision[])
    .toSorted((a, b) => a.revision - b.revision)
    .map(({ revision, data }) => `${revision}:${(data.spec["config"] as { step: number }).step}`);
}

/** Without finalizers, which only the controller takes away. */
function remove(store: Store): void {
  const { object, isGone } = store.delete(pluginDefinition, "default", "a");
  if (isGone) return;
  const { finalizers: _, ...metadata } = object.metadata;
  store.update(pluginDefinition, { ...object, metadata: { ...metadata, finalizers: [] } });
}

test("numbers each spec, and not what says how many run", async () => {
  const store = await openedStore();
  const keeper = keepRevisions({ store, logger: silentLogger });
  onTestFinished(() => keeper.close());
  store.create(pluginDefinition, plugin(1, {}, { "kubernetes.io/change-cause": "first" }));
  store.update(pluginDefinition, plugin(1, { replicas: 3, suspend: true }));
  store.update(pluginDefinition, plugin(2));
  expect(historyOf(store)).toEqual(["1:1", "2:2"]);
  const [first] = store.list(controllerRevisionDefinition, "default").items;
  const causes = store
    .list(controllerRevisionDefinition, "default")
    .items.map(({ metadata }) => metadata.annotations?.["kubernetes.io/change-cause"]);
  expect(causes.filter((cause) => cause === "first")).toHaveLength(1);
  expect(first?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Plugin", name: "a" });
});

test("gives a spec that comes back a new number, and keeps the last ten", async () => {
  const store = await openedStore();
  const keeper = keepRevisions({ store, logger: silentLogger });
  onTestFinished(() => keeper.close());
  store.create(pluginDefinition, plugin(1));
  store.update(pluginDefinition, plugin(2));
  store.update(pluginDefinition, plugin(1));
  expect(historyOf(store)).toEqual(["2:2", "3:1"]);
  for (let step = 10; step < 22; step += 1) store.update(pluginDefinition, plugin(step));
  const history = historyOf(store);
  expect(history).toHaveLength(10);
  expect([history[0], history.at(-1)]).toEqual(["6:12", "15:21"]);
});

test("catches up on what happened while it was away", async () => {
  const store = await openedStore();
  keepRevisionsOnce(store);
  store.create(pluginDefinition, plugin(1));
  keepRevisionsOnce(store);
  expect(historyOf(store)).toEqual(["1:1"]);
  store.update(pluginDefinition, plugin(2));
  keepRevisionsOnce(store);
  keepRevisionsOnce(store);
  expect(historyOf(store)).toEqual(["1:1", "2:2"]);
  remove(store);
  store.create(pluginDefinition, plugin(3));
  keepRevisionsOnce(store);
  expect(historyOf(store)).toEqual(["1:3"]);
  remove(store);
  keepRevisionsOnce(store);
  expect(historyOf(store)).toEqual([]);
});

test("lets the history go with its plugin", async () => {
  const store = await openedStore();
  const keeper = keepRevisions({ store, logger: silentLogger });
  onTestFinished(() => keeper.close());
  store.create(pluginDefinition, plugin(1));
  expect(historyOf(store)).toEqual(["1:1"]);
  remove(store);
  expect(historyOf(store)).toEqual([]);
});

function keepRevisionsOnce(store: Store): void {
  keepRevisions({ store, logger: silentLogger }).close();
}
