import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { toKey } from "../../../src/api/key.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import type { PluginStatus } from "../../../src/api/plugin.ts";
import type { InputObject } from "../../../src/api/meta.ts";
import { createFieldTracker } from "../../../src/apiserver/field-manager/create-field-tracker.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { createPluginChanges } from "../../../src/store/plugin-changes.ts";
import { createPluginStore } from "../../../src/store/plugin-store.ts";
import { createSourceStore } from "../../../src/store/source-store.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { plugin } from "./harness.ts";

const KEY = toKey("default", "a");
const running = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True", reason: "Ok", message: "" }],
} as unknown as PluginStatus;

async function trackedStore(): Promise<{ store: Store; clock: FakeClock }> {
  const clock = new FakeClock(Date.UTC(2026, 0, 2));
  const store = await openStore({
    path: join(tempDir(), "state", "portunix.db"),
    clock,
    logger: silentLogger,
    definitions: allDefinitions,
    trackFields: createFieldTracker(clock),
  });
  onTestFinished(() => store.close());
  return { store, clock };
}

function managersOf(store: Store): readonly string[] {
  const { managedFields = [] } = store.get(pluginDefinition, "default", "a")?.metadata ?? {};
  return managedFields.map(({ manager, subresource = "" }) => `${manager}/${subresource}`);
}

test("a source holds what it brings, and a file cannot say who holds what", async () => {
  const { store } = await trackedStore();
  const sources = createSourceStore(store);
  const forged = { metadata: { managedFields: [{ manager: "forged" }] } };
  sources.createObject(plugin("a", forged) as InputObject);
  expect(managersOf(store)).toEqual(["portunix-source/"]);
  const before = store.resourceVersion();
  sources.updateObject(plugin("a", forged) as InputObject);
  expect(store.resourceVersion()).toBe(before);
});

test("the controller holds the status, which stays one write that changes the status alone", async () => {
  const { store, clock } = await trackedStore();
  createSourceStore(store).createObject(plugin("a") as InputObject);
  const plugins = createPluginStore(store);
  const uid = plugins.get(KEY)?.metadata.uid ?? "";
  const changes: boolean[] = [];
  const stop = createPluginChanges(store).watchPlugins((change) =>
    changes.push(change.isStatusOnly),
  );
  onTestFinished(stop);

  plugins.saveDecision(KEY, uid, running, {});
  expect(managersOf(store)).toEqual(["portunix/status", "portunix-source/"]);
  const revision = store.resourceVersion();
  await clock.advance(5_000);
  plugins.saveDecision(KEY, uid, running, {});
  expect(store.resourceVersion()).toBe(revision);
  expect(changes).toEqual([true]);
  expect(plugins.get(KEY)?.metadata.generation).toBe(1);
  expect(plugins.get(KEY)?.metadata.managedFields?.[0]?.fieldsV1).toEqual({
    "f:status": {
      "f:conditions": {
        'k:{"type":"Ready"}': {
          ".": {},
          "f:type": {},
          "f:status": {},
          "f:reason": {},
          "f:message": {},
        },
      },
      "f:phase": {},
    },
  });

  plugins.removeFinalizer(KEY, uid);
  expect(managersOf(store)).toEqual(["portunix/status", "portunix-source/"]);
});

test("an object whose managers nobody kept stays so through our own writes", async () => {
  const { store } = await trackedStore();
  const plain = { ...plugin("a"), metadata: { name: "a", namespace: "default" } };
  store.create(pluginDefinition, plain as InputObject);
  const plugins = createPluginStore(store);
  plugins.saveDecision(KEY, plugins.get(KEY)?.metadata.uid ?? "", running, {});
  expect(plugins.get(KEY)?.status).toEqual(running);
  expect(managersOf(store)).toEqual([]);
});
