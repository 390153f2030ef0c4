import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  LAST_APPLIED_ANNOTATION,
  PROTECT_ANNOTATION,
  PRUNE_ANNOTATION,
  type StoredObject,
} from "../../../src/api/meta.ts";
import type { SourceDocument, SourceSnapshot } from "../../../src/api/source-snapshot.ts";
import { planSource, type SourcePlan } from "../../../src/plan/source-plan.ts";
import { refKey } from "../../../src/plan/source-ref.ts";
import { MemorySourceStore } from "../../helpers/memory-source-store.ts";
import {
  documentOf,
  pluginObject,
  pluginRef,
  snapshotOf,
  SOURCE_ID,
} from "../../helpers/source-samples.ts";

const RUNS = { numRuns: 1_000 };
const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/** The inventory of `documents` applied, and the objects they made. */
function worldOf(documents: readonly SourceDocument[]): MemorySourceStore {
  const store = new MemorySourceStore();
  perform(store, plan(store, snapshotOf(documents)));
  return store;
}

function plan(
  store: MemorySourceStore,
  snapshot: SourceSnapshot,
  options: { readonly allowDelete?: number; readonly confirmedAbsent?: ReadonlySet<string> } = {},
): SourcePlan {
  const refs = [...store.inventory(snapshot.sourceId), ...snapshot.documents].map(({ ref }) => ref);
  const owners = refs.map((ref) => [refKey(ref), store.ownerOf(ref)] as const);
  return planSource({
    snapshot,
    inventory: store.inventory(snapshot.sourceId),
    ownerOf: new Map(owners.flatMap(([key, owner]) => (owner === undefined ? [] : [[key, owner]]))),
    live: new Map(store.objects),
    allowDelete: options.allowDelete,
    confirmedAbsent: options.confirmedAbsent,
  });
}

function perform(store: MemorySourceStore, { writes, deletes, ...inventory }: SourcePlan): void {
  store.saveInventory(SOURCE_ID, inventory.inventoryBefore);
  for (const { type, object } of writes) {
    if (type === "create") store.createObject(object);
    else store.updateObject(object);
  }
  for (const ref of deletes) store.deleteObject(ref);
  store.saveInventory(SOURCE_ID, inventory.inventoryAfter);
}

const docs = (...names: string[]) => names.map((name) => documentOf(pluginObject(name)));
const names = (refs: readonly { readonly name: string }[]) => refs.map(({ name }) => name);
const reasons = ({ keeps }: SourcePlan) => keeps.map(({ ref, reason }) => `${ref.name} ${reason}`);

describe("planSource", () => {
  test("creates what is new, claims it first, and then has nothing to do", () => {
    const store = new MemorySourceStore();
    const first = plan(store, snapshotOf(docs("b", "a")));
    expect(first.writes.map(({ type, ref }) => `${type} ${ref.name}`)).toEqual([
      "create a",
      "create b",
    ]);
    expect(names(first.inventoryBefore.map(({ ref }) => ref))).toEqual(["a", "b"]);
    perform(store, first);
    const second = plan(store, snapshotOf(docs("b", "a")));
    expect(second).toMatchObject({ writes: [], deletes: [], keeps: [] });
    expect(second.inventoryAfter).toEqual(store.inventory(SOURCE_ID));
  });

  test("updates what the text changed, keeps what others added, corrects what others changed", () => {
    const store = worldOf([documentOf(pluginObject("a", { spec: { replicas: 2, version: "1" } }))]);
    store.put(pluginObject("a", { spec: { replicas: 9, version: "1", suspend: true } }));
    perform(
      store,
      plan(store, snapshotOf([documentOf(pluginObject("a", { spec: { replicas: 2 } }))])),
    );
    expect(store.getObject(pluginRef("a"))?.spec).toEqual({
      source: { path: "/p/a" },
      replicas: 2,
      suspend: true,
    });
  });

  test("sends an update with the resourceVersion it was made from", () => {
    const store = worldOf(docs("a"));
    const { writes } = plan(
      store,
      snapshotOf([documentOf(pluginObject("a", { spec: { replicas: 3 } }))]),
    );
    const live = store.getObject(pluginRef("a"));
    expect(writes[0]?.object.metadata).toMatchObject({
      resourceVersion: live?.metadata.resourceVersion,
    });
  });

  test("keeps the text last applied until the pass is over", () => {
    const store = worldOf([documentOf(pluginObject("a", { spec: { version: "1" } }))]);
    const { inventoryBefore, inventoryAfter } = plan(store, snapshotOf(docs("a")));
    expect(inventoryBefore).toEqual(store.inventory(SOURCE_ID));
    expect(inventoryAfter).not.toEqual(inventoryBefore);
  });

  test("does not write when the store would make the same object of it", () => {
    const store = worldOf(docs("a"));
    const snapshot = snapshotOf([documentOf(pluginObject("a", { spec: { alias: "x" } }))]);
    const live = store.getObject(pluginRef("a")) as StoredObject;
    const input = {
      snapshot,
      inventory: store.inventory(SOURCE_ID),
      ownerOf: new Map(),
      live: new Map(store.objects),
      allowDelete: undefined,
    };
    expect(planSource({ ...input, toStored: () => live }).writes).toEqual([]);
    expect(planSource(input).writes).toHaveLength(1);
  });

  describe("with an object that is not this source's", () => {
    test("neither writes nor claims what another source owns", () => {
      const store = worldOf([]);
      store.put(pluginObject("a"));
      const entry = { ref: pluginRef("a"), file: "/o/a.yaml", line: 1, applied: "{}" };
      store.saveInventory("directory:/o", [entry]);
      const result = plan(store, snapshotOf(docs("a", "b")));
      expect(names(result.writes.map(({ ref }) => ref))).toEqual(["b"]);
      expect(names(result.inventoryBefore.map(({ ref }) => ref))).toEqual(["b"]);
      expect(result.conflicts[0]?.message).toContain("plugin/a belongs to directory:/o");
    });

    test("neither writes nor claims what `apply` made", () => {
      const store = worldOf([]);
      store.put(pluginObject("a", { annotations: { [LAST_APPLIED_ANNOTATION]: "{}" } }));
      const result = plan(store, snapshotOf(docs("a")));
      expect(result).toMatchObject({ writes: [], inventoryBefore: [] });
      expect(result.conflicts[0]?.message).toContain("portunix apply");
    });

    test("adopts what nobody owns", () => {
      const store = worldOf([]);
      store.put(pluginObject("a", { spec: { replicas: 7 } }));
      const result = plan(
        store,
        snapshotOf([documentOf(pluginObject("a", { spec: { version: "2" } }))]),
      );
      expect(result.writes[0]).toMatchObject({
        type: "update",
        object: { spec: { replicas: 7, version: "2" } },
      });
    });

    test("drops from its inventory, undeleted, what another source has taken over", () => {
      const store = worldOf(docs("a", "b"));
      const result = planSource({
        snapshot: snapshotOf(docs("b")),
        inventory: store.inventory(SOURCE_ID),
        ownerOf: new Map([[refKey(pluginRef("a")), "directory:/o"]]),
        live: new Map(store.objects),
        allowDelete: undefined,
      });
      expect(result).toMatchObject({ deletes: [], keeps: [] });
      expect(names(result.inventoryAfter.map(({ ref }) => ref))).toEqual(["b"]);
    });
  });

  test("waits for an object that is being deleted to be gone before it creates it anew", () => {
    const store = worldOf(docs("a", "b"));
    const live = store.getObject(pluginRef("a")) as StoredObject;
    const metadata = { ...live.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" };
    store.objects.set(refKey(pluginRef("a")), { ...live, metadata });
    const snapshot = snapshotOf([
      documentOf(pluginObject("a", { spec: { replicas: 5 } })),
      ...docs("b"),
    ]);
    expect(plan(store, snapshot)).toMatchObject({ writes: [], waiting: [{ name: "a" }] });
    store.objects.delete(refKey(pluginRef("a")));
    expect(plan(store, snapshot).writes).toMatchObject([{ type: "create", ref: { name: "a" } }]);
  });

  describe("pruning", () => {
    test("deletes a member that a complete read no longer shows", () => {
      const store = worldOf(docs("a", "b"));
      const result = plan(store, snapshotOf(docs("b")));
      expect(names(result.deletes)).toEqual(["a"]);
      expect(names(result.inventoryBefore.map(({ ref }) => ref))).toEqual(["a", "b"]);
      expect(names(result.inventoryAfter.map(({ ref }) => ref))).toEqual(["b"]);
    });

    test("deletes nothing of an incomplete source, and says why", () => {
      const store = worldOf(docs("a", "b"));
      const result = plan(
        store,
        snapshotOf(docs("b"), { complete: false, reason: "/m/x is gone" }),
      );
      expect(result.deletes).toEqual([]);
      expect(reasons(result)).toEqual(["a SourceIncomplete"]);
      expect(result.messages[0]).toContain("/m/x is gone");
      expect(names(result.inventoryAfter.map(({ ref }) => ref))).toEqual(["a", "b"]);
    });

    test("deletes nothing of a source that is suddenly empty, whatever is allowed", () => {
      const store = worldOf([
        documentOf(pluginObject("a", { annotations: { [PRUNE_ANNOTATION]: "allowed" } })),
      ]);
      const result = plan(store, snapshotOf([]), { allowDelete: 10 });
      expect(reasons(result)).toEqual(["a SourceEmpty"]);
      expect(result.messages[0]).toContain("portunix delete");
    });

    test.each([
      ["that names it", pluginRef("a"), "/m/other.yaml", ["a SourceInvalid"], ["b"]],
      [
        "in its file that names nothing",
        undefined,
        "/m/a.yaml",
        ["a SourceInvalid", "b SourceInvalid"],
        [],
      ],
      [
        "in another file that names nothing, for its text may have moved there",
        undefined,
        "/m/new.yaml",
        ["a SourceInvalid", "b SourceInvalid"],
        [],
      ],
    ])("keeps what a fault may hide: one %s", (_name, ref, file, kept, deleted) => {
      const store = worldOf(docs("a", "b", "c"));
      const problems = [{ ref, file, line: 3, column: 5, message: "bad indentation" }];
      const result = plan(store, snapshotOf(docs("c"), { problems }), { allowDelete: 2 });
      expect(reasons(result)).toEqual(kept);
      expect(names(result.deletes)).toEqual(deleted);
      expect(result.keeps[0]?.message).toContain(`${file}:3:5 bad indentation`);
      const named = result.problems.filter((problem) => problem.ref?.name === "a");
      const isItsText = ref !== undefined || file === "/m/a.yaml";
      expect(named).toMatchObject(isItsText ? [{ file, line: 3, message: "bad indentation" }] : []);
    });

    test("never deletes what is protected, also when only the text said so", () => {
      const annotations = { [PROTECT_ANNOTATION]: "true" };
      const store = worldOf([documentOf(pluginObject("a", { annotations })), ...docs("b", "c")]);
      store.put(pluginObject("b", { annotations }));
      const live = store.getObject(pluginRef("a")) as StoredObject;
      store.objects.set(refKey(pluginRef("a")), {
        ...live,
        metadata: { ...live.metadata, annotations: {} },
      });
      const result = plan(store, snapshotOf(docs("c")), { allowDelete: 10 });
      expect(result.deletes).toEqual([]);
      expect(reasons(result)).toEqual(["a Protected", "b Protected"]);
      expect(names(result.inventoryAfter.map(({ ref }) => ref))).toEqual(["a", "b", "c"]);
    });

    test("lets go of what is protected once the text has taken the annotation back", () => {
      const annotations = { [PROTECT_ANNOTATION]: "true" };
      const store = worldOf([documentOf(pluginObject("a", { annotations })), ...docs("b")]);
      perform(store, plan(store, snapshotOf(docs("a", "b"))));
      expect(names(plan(store, snapshotOf(docs("b"))).deletes)).toEqual(["a"]);
    });

    test.each([
      [4, 1, 1],
      [4, 2, 0],
      [10, 2, 2],
      [10, 3, 0],
      [14, 2, 2],
      [15, 3, 3],
    ])("of %i members, with %i gone, deletes %i", (total, gone, deleted) => {
      const all = Array.from({ length: total }, (_, index) => `p${String(index).padStart(2, "0")}`);
      const store = worldOf(docs(...all));
      const result = plan(store, snapshotOf(docs(...all.slice(gone))));
      expect(result.deletes).toHaveLength(deleted);
      if (deleted === 0) {
        expect(result.keeps).toHaveLength(gone);
        expect(result.messages[0]).toContain(`--allow-delete ${gone}`);
      }
    });

    test("deletes more than the budget where the operator or the objects allow it", () => {
      const store = worldOf(docs("a", "b", "c", "d"));
      expect(names(plan(store, snapshotOf(docs("d")), { allowDelete: 3 }).deletes)).toEqual([
        "a",
        "b",
        "c",
      ]);
      expect(plan(store, snapshotOf(docs("d")), { allowDelete: 2 }).deletes).toEqual([]);
      const annotations = { [PRUNE_ANNOTATION]: "allowed" };
      for (const name of ["a", "b"]) store.put(pluginObject(name, { annotations }));
      expect(names(plan(store, snapshotOf(docs("d"))).deletes)).toEqual(["a", "b", "c"]);
    });

    test("lets go of a member that is being deleted already", () => {
      const store = worldOf(docs("a", "b", "c"));
      const live = store.getObject(pluginRef("a")) as StoredObject;
      const metadata = { ...live.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" };
      store.objects.set(refKey(pluginRef("a")), { ...live, metadata });
      const result = plan(store, snapshotOf(docs("c")));
      expect(names(result.deletes)).toEqual(["b"]);
      expect(names(result.inventoryAfter.map(({ ref }) => ref))).toEqual(["c"]);
    });

    test("does not yet delete what has not been gone for long", () => {
      const store = worldOf(docs("a", "b"));
      const waiting = plan(store, snapshotOf(docs("b")), { confirmedAbsent: new Set() });
      expect(waiting.deletes).toEqual([]);
      expect(reasons(waiting)).toEqual(["a Unconfirmed"]);
      const confirmedAbsent = new Set([refKey(pluginRef("a"))]);
      expect(names(plan(store, snapshotOf(docs("b")), { confirmedAbsent }).deletes)).toEqual(["a"]);
    });
  });
});

/** A source's text with everything that may decide over a deletion. */
const documentsArbitrary = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      replicas: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      dependsOn: fc.option(
        fc.array(fc.record({ name: fc.constantFrom("x", "y") }), { maxLength: 2 }),
        {
          nil: undefined,
        },
      ),
      mark: fc.constantFrom(undefined, undefined, PROTECT_ANNOTATION, PRUNE_ANNOTATION),
      file: fc.constantFrom("/m/1.yaml", "/m/2.yaml", "/m/3.yaml"),
    }),
    { selector: ({ name }) => name },
  )
  .map((items) =>
    items.map(({ name, replicas, dependsOn, mark, file }, index) => {
      const value = mark === PROTECT_ANNOTATION ? "true" : "allowed";
      const object = pluginObject(name, {
        spec: {
          ...(replicas === undefined ? {} : { replicas }),
          ...(dependsOn === undefined ? {} : { dependsOn }),
        },
        ...(mark === undefined ? {} : { annotations: { [mark]: value } }),
      });
      return documentOf(object, file, index + 1);
    }),
  );

const faultsArbitrary = fc.record({
  complete: fc.boolean(),
  problems: fc.array(
    fc.record({
      ref: fc.option(fc.constantFrom(...NAMES).map(pluginRef), { nil: undefined }),
      file: fc.constantFrom("/m/1.yaml", "/m/2.yaml", "/m/new.yaml"),
    }),
    { maxLength: 2 },
  ),
});

const worldArbitrary = fc.record({
  before: documentsArbitrary,
  after: documentsArbitrary,
  foreign: fc.uniqueArray(fc.constantFrom("y", "z", ...NAMES), { maxLength: 3 }),
  protectedLive: fc.subarray(NAMES),
  faults: faultsArbitrary,
  allowDelete: fc.option(fc.nat(12), { nil: undefined }),
});
type World = typeof worldArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** The store after `before` was applied, and others have had their way; and what the source says now. */
function scene({ before, after, foreign, protectedLive, faults }: World) {
  const store = worldOf(before);
  for (const name of foreign) {
    if (store.getObject(pluginRef(name)) === undefined) store.put(pluginObject(name));
  }
  for (const name of protectedLive.slice(0, 2)) {
    const live = store.getObject(pluginRef(name));
    if (live === undefined) continue;
    const annotations = { ...live.metadata.annotations, [PROTECT_ANNOTATION]: "true" };
    store.put({ ...live, metadata: { ...live.metadata, annotations } });
  }
  const problems = faults.problems.map((fault) => ({
    ...fault,
    line: 1,
    column: 1,
    message: "bad",
  }));
  const bad = new Set(problems.map(({ ref }) => ref?.name));
  const documents = after.filter(({ ref }) => !bad.has(ref.name));
  const reason = faults.complete ? "" : "it is unreadable";
  return {
    store,
    snapshot: snapshotOf(documents, { complete: faults.complete, reason, problems }),
  };
}

describe("planSource, whatever happens", () => {
  test("P7: deletes only unprotected members that the text no longer has, within the budget", () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(worldArbitrary, (world) => {
        const { store, snapshot } = scene(world);
        const inventory = store.inventory(SOURCE_ID);
        const { deletes, keeps, inventoryAfter } = plan(
          store,
          snapshot,
          world.allowDelete === undefined ? {} : { allowDelete: world.allowDelete },
        );
        const members = new Map(inventory.map((entry) => [entry.ref.name, entry]));
        const present = new Set(snapshot.documents.map(({ ref }) => ref.name));
        let counted = 0;
        for (const ref of deletes) {
          const live = store.getObject(ref);
          const { annotations } = live?.metadata ?? {};
          expect(members.has(ref.name)).toBe(true);
          expect(present.has(ref.name)).toBe(false);
          expect(annotations?.[PROTECT_ANNOTATION]).not.toBe("true");
          expect(members.get(ref.name)?.applied).not.toContain(`"${PROTECT_ANNOTATION}":"true"`);
          expect(snapshot.problems.map((problem) => problem.ref?.name)).not.toContain(ref.name);
          if (annotations?.[PRUNE_ANNOTATION] !== "allowed") counted += 1;
        }
        const budget = Math.max(1, Math.floor(inventory.length * 0.2), world.allowDelete ?? 0);
        expect(counted).toBeLessThanOrEqual(budget);
        if (
          !snapshot.complete ||
          (snapshot.documents.length === 0 && snapshot.problems.length === 0)
        ) {
          expect(deletes).toEqual([]);
        }
        // Nothing falls between: each member is in the text, deleted, or kept for a reason.
        expect(present.size + deletes.length + keeps.length).toBe(
          new Set([...present, ...members.keys()]).size,
        );
        expect(inventoryAfter).toHaveLength(present.size + keeps.length);
        if (deletes.length > 0) reached.add("delete");
        for (const { reason } of keeps) reached.add(reason);
      }),
      RUNS,
    );
    expect([...reached].toSorted()).toEqual([
      "OverBudget",
      "Protected",
      "SourceEmpty",
      "SourceIncomplete",
      "SourceInvalid",
      "delete",
    ]);
  });

  test("P12: the order of documents and files and their formatting change nothing", () => {
    fc.assert(
      fc.property(worldArbitrary, fc.integer(), (world, seed) => {
        const { store, snapshot } = scene(world);
        const shuffled = snapshot.documents
          .map((document) => ({ ...document, object: reordered(document.object) }))
          .toSorted((a, b) => ((a.line * 7 + seed) % 13) - ((b.line * 7 + seed) % 13));
        const other = { ...snapshot, documents: shuffled };
        const inventory = store.inventory(SOURCE_ID);
        expect(JSON.stringify(sorted(plan(store, other)))).toBe(
          JSON.stringify(sorted(plan(store, snapshot))),
        );
        store.inventories.set(SOURCE_ID, inventory.toReversed());
        expect(names(plan(store, snapshot).deletes)).toEqual(names(plan(store, other).deletes));
      }),
      RUNS,
    );
  });

  test("P2: has nothing to write after its own plan has been performed", () => {
    fc.assert(
      fc.property(worldArbitrary, (world) => {
        const { store, snapshot } = scene(world);
        perform(store, plan(store, snapshot));
        const second = plan(store, snapshot);
        expect(second.writes).toEqual([]);
        // What was over the budget may be within it now that there are more members.
        const gone = new Set(names(second.deletes));
        expect(second.inventoryAfter).toEqual(
          store.inventory(SOURCE_ID).filter(({ ref }) => !gone.has(ref.name)),
        );
      }),
      RUNS,
    );
  });

  test("P3: ends in the same state when the power goes after any effect", () => {
    fc.assert(
      fc.property(worldArbitrary, fc.nat(8), (world, effects) => {
        const whole = scene(world);
        const cut = scene(world);
        cut.store.effectsLeft = effects;
        try {
          perform(cut.store, plan(cut.store, cut.snapshot));
        } catch {
          // The power is gone; the next pass finds what there is.
        }
        cut.store.effectsLeft = Infinity;
        // A crash may leave fewer members than the budget was counted on, never more.
        const allowed = { allowDelete: NAMES.length };
        perform(whole.store, plan(whole.store, whole.snapshot, allowed));
        perform(cut.store, plan(cut.store, cut.snapshot, allowed));
        expect(cut.store.digest()).toBe(whole.store.digest());
        expect(cut.store.inventory(SOURCE_ID)).toEqual(whole.store.inventory(SOURCE_ID));
      }),
      RUNS,
    );
  });
});

/** The same JSON with the members the other way round. */
function reordered<T>(value: T): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).toReversed();
  return Object.fromEntries(members.map(([name, member]) => [name, reordered(member)])) as T;
}

/** Without the order of members, which a stored object may keep as it was written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
