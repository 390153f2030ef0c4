import { expect, test } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import type { ObjectStore } from "../../../src/apiserver/ports.ts";
import type { Memory } from "../../../src/plan/memory.ts";
import type { PluginChanges, PluginStore } from "../../../src/reconcile/ports.ts";
import type { SourceStore } from "../../../src/reconcile/source-ports.ts";
import { createPluginChanges } from "../../../src/store/plugin-changes.ts";
import { createPluginStore } from "../../../src/store/plugin-store.ts";
import { createSourceStore } from "../../../src/store/source-store.ts";
import { testStore } from "./fixture.ts";

test("fits the ports of those who use it", async () => {
  const store = await testStore({ definitions: allDefinitions });
  const ports: readonly [ObjectStore, PluginStore, PluginChanges, SourceStore] = [
    store,
    createPluginStore<Memory>(store),
    createPluginChanges(store),
    createSourceStore(store),
  ];
  expect(ports.every((port) => typeof port === "object")).toBe(true);
});
