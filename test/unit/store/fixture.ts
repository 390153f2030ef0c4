import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { InputObject, StoredObject } from "../../../src/api/meta.ts";
import type { ResourceDefinition } from "../../../src/api/resource-definition.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { openStore, type Store, type StoreOptions } from "../../../src/store/store.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const base = {
  group: "test.portunix.ai",
  version: "v1",
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  columns: [],
  hasStatus: true,
  finalizers: [],
  selectableFields: {},
} as const;

export const widgets: ResourceDefinition = {
  ...base,
  kind: "Widget",
  plural: "widgets",
  singular: "widget",
};
export const heldWidgets: ResourceDefinition = {
  ...base,
  kind: "HeldWidget",
  plural: "heldwidgets",
  singular: "heldwidget",
  finalizers: ["portunix.ai/test"],
};
export const namespaces: ResourceDefinition = {
  ...base,
  group: "",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  namespaced: false,
  finalizers: ["kubernetes"],
};

export function testClock(): FakeClock {
  return new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
}

export function tempPath(): string {
  return join(tempDir(), "state", "portunix.db");
}

/** A store of its own for one test, closed when that ends. */
export async function testStore(options: Partial<StoreOptions> = {}): Promise<Store> {
  const path = options.path ?? tempPath();
  const store = await openStore({
    path,
    clock: testClock(),
    logger: silentLogger,
    definitions: [widgets, heldWidgets, namespaces],
    ...options,
  });
  onTestFinished(() => store.close());
  return store;
}

export function widget(name: string, spec: unknown = { size: 1 }, namespace = "default") {
  return {
    apiVersion: "test.portunix.ai/v1",
    kind: "Widget",
    metadata: { name, namespace },
    spec,
  } satisfies InputObject;
}

export function names(objects: readonly StoredObject[]): string[] {
  return objects.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
}
