import * as fc from "fast-check";
import { expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { StoreEvent } from "../../../src/store/object-store.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { testClock, heldWidgets } from "./fixture.ts";

/** What a store must hold of one object; written without looking at the store's own rules. */
interface Expected {
  spec: number;
  label: string;
  status: number | undefined;
  generation: number;
  version: number;
  isHeld: boolean;
  isDeleting: boolean;
}

const anyName = fc.constantFrom("a", "b", "c");
const anyOperation = fc.oneof(
  fc.record({ type: fc.constant("create" as const), name: anyName, spec: fc.nat(2) }),
  fc.record({
    type: fc.constant("update" as const),
    name: anyName,
    spec: fc.nat(2),
    label: fc.constantFrom("x", "y"),
    isHeld: fc.boolean(),
  }),
  fc.record({ type: fc.constant("status" as const), name: anyName, status: fc.nat(2) }),
  fc.record({ type: fc.constant("delete" as const), name: anyName }),
  fc.record({ type: fc.constant("reopen" as const) }),
);
type Operation = typeof anyOperation extends fc.Arbitrary<infer T> ? T : never;

/** The model's answer to one operation: what the event of it is, if it makes one. */
function expectedEvent(
  model: Map<string, Expected>,
  operation: Exclude<Operation, { type: "reopen" }>,
): StoreEvent["type"] | "refused" | undefined {
  const object = model.get(operation.name);
  if (operation.type === "create") {
    if (object !== undefined) return "refused";
    const { spec } = operation;
    const fresh = { spec, label: "", status: undefined, generation: 1, version: 0 };
    model.set(operation.name, { ...fresh, isHeld: true, isDeleting: false });
    return "ADDED";
  }
  if (object === undefined) return "refused";
  if (operation.type === "status") {
    if (object.status === operation.status) return undefined;
    object.status = operation.status;
    return "MODIFIED";
  }
  if (operation.type === "delete") {
    if (object.isHeld && object.isDeleting) return undefined;
    if (!object.isHeld) return "DELETED";
    object.isDeleting = true;
    return "MODIFIED";
  }
  const { spec, label, isHeld } = operation;
  if (object.isDeleting && isHeld && !object.isHeld) return "refused";
  const isSame = object.spec === spec && object.label === label && object.isHeld === isHeld;
  if (isSame) return undefined;
  if (object.spec !== spec) object.generation += 1;
  Object.assign(object, { spec, label, isHeld });
  return object.isDeleting && !isHeld ? "DELETED" : "MODIFIED";
}

function perform(store: Store, operation: Exclude<Operation, { type: "reopen" }>): void {
  const metadata = { name: operation.name, namespace: "default" };
  const base = { apiVersion: "test.portunix.ai/v1", kind: "HeldWidget", metadata };
  if (operation.type === "create") store.create(heldWidgets, { ...base, spec: operation.spec });
  if (operation.type === "delete") store.delete(heldWidgets, "default", operation.name);
  if (operation.type === "status")
    store.update(heldWidgets, { ...base, status: operation.status }, { subresource: "status" });
  if (operation.type === "update") {
    const { spec, label, isHeld } = operation;
    const finalizers = isHeld ? ["portunix.ai/test"] : [];
    store.update(heldWidgets, {
      ...base,
      spec,
      metadata: { ...metadata, labels: { label }, finalizers },
    });
  }
}

function viewOf(store: Store): unknown {
  return store.list(heldWidgets, undefined).items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    spec,
    label: metadata.labels?.["label"] ?? "",
    status,
    generation: metadata.generation,
    version: Number(metadata.resourceVersion),
    isHeld: metadata.finalizers !== undefined,
    isDeleting: metadata.deletionTimestamp !== undefined,
  }));
}

function viewOfModel(model: ReadonlyMap<string, Expected>): unknown {
  const sorted = [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([objectName, object]) => ({ name: objectName, ...object }));
}

async function check(operations: readonly Operation[], directory: string): Promise<void> {
  const open = () =>
    openStore({
      path: join(directory, "portunix.db"),
      clock: testClock(),
      logger: silentLogger,
      definitions: [heldWidgets],
    });
  const model = new Map<string, Expected>();
  const uids = new Set<string>();
  const live: StoreEvent[] = [];
  let store = await open();
  const start = store.resourceVersion();
  store.watch(heldWidgets, undefined, start, (event) => live.push(event));
  try {
    for (const step of operations) {
      const before = Number(store.resourceVersion());
      if (step.type === "reopen") {
        store.close();
        store = await open();
        expect(Number(store.resourceVersion())).toBe(before);
        store.watch(heldWidgets, undefined, String(before), (event) => live.push(event));
      } else {
        const event = expectedEvent(model, step);
        if (event === "refused") expect(() => perform(store, step)).toThrow();
        else perform(store, step);
        const isWritten = event !== undefined && event !== "refused";
        expect(Number(store.resourceVersion())).toBe(before + (isWritten ? 1 : 0));
        if (isWritten) expect(live.at(-1)?.type).toBe(event);
        const object = model.get(step.name);
        if (isWritten && object !== undefined) object.version = before + 1;
        if (event === "DELETED") model.delete(step.name);
        if (event === "ADDED") uids.add(live.at(-1)?.object.metadata.uid ?? "");
      }
      expect(viewOf(store)).toEqual(viewOfModel(model));
    }
    const replayed: StoreEvent[] = [];
    store.watch(heldWidgets, undefined, start, (event) => replayed.push(event));
    expect(replayed).toEqual(live);
    expect(uids.size).toBe(live.filter(({ type }) => type === "ADDED").length);
  } finally {
    store.close();
  }
}

test("holds what a plain map would hold, over restarts, and a watch tells all of it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOperation, { maxLength: 40 }), async (operations) => {
      const directory = mkdtempSync(join(tmpdir(), "ptx-"));
      try {
        await check(operations, directory);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});

test("reaches every kind of event and refusal by its generator", () => {
  const seen = new Set<string | undefined>();
  for (const operations of fc.sample(
    fc.array(anyOperation, { minLength: 20, maxLength: 40 }),
    100,
  )) {
    const model = new Map<string, Expected>();
    for (const step of operations) {
      if (step.type === "reopen") continue;
      const event = expectedEvent(model, step);
      if (event === "DELETED") model.delete(step.name);
      seen.add(event);
    }
  }
  expect(seen).toEqual(new Set(["ADDED", "MODIFIED", "DELETED", "refused", undefined]));
});
