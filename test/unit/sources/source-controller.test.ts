import { describe, expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { PROTECT_ANNOTATION } from "../../../src/api/meta.ts";
import { SourceController } from "../../../src/reconcile/source-controller.ts";
import { eventually } from "../../helpers/eventually.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { MemorySourceStore } from "../../helpers/memory-source-store.ts";
import {
  documentOf,
  pluginObject,
  pluginRef,
  snapshotOf,
  SOURCE_ID,
} from "../../helpers/source-samples.ts";

const docs = (...names: string[]) => names.map((name) => documentOf(pluginObject(name)));

function setUp(
  options: { readonly store?: MemorySourceStore; readonly allowDelete?: number } = {},
) {
  const store = options.store ?? new MemorySourceStore();
  const clock = new FakeClock();
  const controller = new SourceController({
    store,
    clock,
    logger: silentLogger,
    allowDelete: options.allowDelete,
  });
  onTestFinished(() => controller.close());
  return { store, clock, controller };
}

/** Until `check` holds, with virtual time going on. */
function whileTimePasses(clock: FakeClock, check: () => void): Promise<void> {
  return eventually(async () => {
    await clock.advance(250);
    check();
  });
}

describe("SourceController", () => {
  test("brings the store to what the source says, and then writes nothing", async () => {
    const { store, clock, controller } = setUp();
    controller.submit(snapshotOf(docs("a", "b")));
    await eventually(() => expect(store.names()).toEqual(["a", "b"]));
    await eventually(() => expect(controller.status()[0]?.lastSyncTime).toBeDefined());
    controller.resync();
    await clock.advance(200_000);
    expect(store.writes).toBe(2);
    expect(controller.status()).toMatchObject([
      { sourceId: SOURCE_ID, complete: true, reason: "", objects: 2, problems: [] },
    ]);
  });

  test("deletes what has been gone for a while, and says so", async () => {
    const { store, clock, controller } = setUp();
    controller.submit(snapshotOf(docs("a", "b")));
    await eventually(() => expect(store.names()).toEqual(["a", "b"]));
    controller.submit(snapshotOf(docs("b")));
    await clock.advance(900);
    expect(store.names()).toEqual(["a", "b"]);
    await whileTimePasses(clock, () => expect(store.names()).toEqual(["b"]));
    await eventually(() =>
      expect(store.events).toMatchObject([{ key: "default/a", type: "Normal", reason: "Pruned" }]),
    );
    expect(store.inventory(SOURCE_ID)).toHaveLength(1);
  });

  test("keeps what is back before that", async () => {
    const { store, clock, controller } = setUp();
    controller.submit(snapshotOf(docs("a", "b")));
    await eventually(() => expect(store.names()).toEqual(["a", "b"]));
    controller.submit(snapshotOf(docs("b")));
    await clock.advance(600);
    controller.submit(snapshotOf(docs("a", "b")));
    await clock.advance(600);
    controller.submit(snapshotOf(docs("b")));
    await clock.advance(600);
    expect(store.names()).toEqual(["a", "b"]);
  });

  test("lets one refused write stop nothing else, names its place, and keeps the last good spec", async () => {
    const { store, controller } = setUp();
    controller.submit(snapshotOf(docs("a", "b", "c")));
    await eventually(() => expect(store.names()).toEqual(["a", "b", "c"]));
    store.refused.add("b");
    const replicas = { spec: { replicas: 4 } };
    const documents = ["a", "b", "c", "d"].map((name) => documentOf(pluginObject(name, replicas)));
    controller.submit(snapshotOf(documents));
    await eventually(() =>
      expect(store.problems.get(SOURCE_ID)).toMatchObject([
        { ref: { name: "b" }, file: "/m/b.yaml", line: 1, message: "b is refused" },
      ]),
    );
    expect(store.getObject(pluginRef("b"))?.spec).toMatchObject({ replicas: 1 });
    expect(store.getObject(pluginRef("d"))?.spec).toMatchObject({ replicas: 4 });
    const kept = store.inventory(SOURCE_ID).find(({ ref }) => ref.name === "b");
    expect(kept?.applied).not.toContain("replicas");
    expect(store.events).toMatchObject([{ key: "default/b", reason: "SourceInvalid" }]);
  });

  test("does not claim an object that could not be made", async () => {
    const { store, controller } = setUp();
    store.refused.add("b");
    controller.submit(snapshotOf(docs("a", "b")));
    await eventually(() => expect(store.problems.get(SOURCE_ID)).toHaveLength(1));
    expect(store.ownerOf(pluginRef("b"))).toBeUndefined();
  });

  test("leaves an older snapshot for the newest between two writes", async () => {
    const { store, controller } = setUp();
    const many = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const withReplicas = (replicas: number) =>
      snapshotOf(many.map((name) => documentOf(pluginObject(name, { spec: { replicas } }))));
    controller.submit(withReplicas(2));
    await eventually(() => expect(store.writes).toBeGreaterThan(0), 5_000, 1);
    controller.submit(withReplicas(3));
    await eventually(() => {
      const specs = [...store.objects.values()].map(
        ({ spec }) => (spec as { replicas: number }).replicas,
      );
      expect(specs).toEqual(many.map(() => 3));
    });
    expect(store.writes).toBeLessThan(100);
  });

  test("two sources that claim one object: the first has it, the second is told", async () => {
    const { store, controller } = setUp();
    controller.submit(snapshotOf(docs("a")));
    await eventually(() => expect(store.names()).toEqual(["a"]));
    const object = pluginObject("a", { spec: { replicas: 9 } });
    controller.submit(snapshotOf([documentOf(object), ...docs("z")], { sourceId: "directory:/o" }));
    await eventually(() => expect(store.conflicts.get("directory:/o")).toHaveLength(1));
    expect(store.getObject(pluginRef("a"))?.spec).toMatchObject({ replicas: 1 });
    expect(store.names()).toEqual(["a", "z"]);
    expect(store.events).toMatchObject([{ key: "default/a", reason: "OwnershipConflict" }]);
  });

  test("tells once why nothing is deleted, and shows it in the status", async () => {
    const { store, clock, controller } = setUp();
    controller.submit(snapshotOf(docs("a", "b")));
    await eventually(() => expect(store.names()).toEqual(["a", "b"]));
    controller.submit(snapshotOf([], { complete: false, reason: "/m does not exist" }));
    await eventually(() => expect(store.events).toHaveLength(2));
    expect(store.events[0]).toMatchObject({ type: "Warning", reason: "SourceUnreadable" });
    expect(store.events[0]?.message).toContain("/m does not exist");
    await clock.advance(300_000);
    expect(store.events).toHaveLength(2);
    expect(store.names()).toEqual(["a", "b"]);
    expect(controller.status()).toMatchObject([
      {
        complete: false,
        reason: "/m does not exist",
        objects: 2,
        keptFromDeletion: [{ reason: "SourceIncomplete" }, { reason: "SourceIncomplete" }],
      },
    ]);
  });

  test.each([
    ["a protected object", { annotations: { [PROTECT_ANNOTATION]: "true" } }, ["a"], "Protected"],
    ["more than the budget", {}, ["a", "b"], "OverBudget"],
  ])("blocks the pruning of %s", async (_name, parts, gone, reason) => {
    const { store, clock, controller } = setUp();
    const all = ["a", "b", "c"];
    controller.submit(snapshotOf(all.map((name) => documentOf(pluginObject(name, parts)))));
    await eventually(() => expect(store.names()).toEqual(all));
    const rest = all.filter((name) => !gone.includes(name));
    controller.submit(snapshotOf(rest.map((name) => documentOf(pluginObject(name, parts)))));
    await eventually(() =>
      expect(store.events.map((event) => event.reason)).toContain("PruneBlocked"),
    );
    await clock.advance(300_000);
    expect(store.names()).toEqual(all);
    expect(controller.status()[0]?.keptFromDeletion).toMatchObject(gone.map(() => ({ reason })));
  });

  test("deletes more than the budget when the operator allows it", async () => {
    const { store, clock, controller } = setUp({ allowDelete: 2 });
    controller.submit(snapshotOf(docs("a", "b", "c")));
    await eventually(() => expect(store.names()).toEqual(["a", "b", "c"]));
    controller.submit(snapshotOf(docs("c")));
    await whileTimePasses(clock, () => expect(store.names()).toEqual(["c"]));
  });

  test("corrects at the next look what others have changed in what the source says", async () => {
    const { store, clock, controller } = setUp();
    controller.submit(snapshotOf([documentOf(pluginObject("a", { spec: { version: "1" } }))]));
    await eventually(() => expect(store.names()).toEqual(["a"]));
    store.put(pluginObject("a", { spec: { version: "2", suspend: true } }));
    await whileTimePasses(clock, () =>
      expect(store.getObject(pluginRef("a"))?.spec).toMatchObject({ version: "1", suspend: true }),
    );
  });

  test("corrects what was changed after a look that had nothing to write, too", async () => {
    const { store, clock, controller } = setUp();
    controller.submit(snapshotOf([documentOf(pluginObject("a", { spec: { version: "1" } }))]));
    await eventually(() => expect(store.names()).toEqual(["a"]));
    for (const version of ["2", "3"]) {
      await clock.advance(200_000);
      store.put(pluginObject("a", { spec: { version } }));
      controller.resync();
      await eventually(() =>
        expect(store.getObject(pluginRef("a"))?.spec).toMatchObject({ version: "1" }),
      );
    }
  });

  test("goes on with backoff when the inventory cannot be saved", async () => {
    const { store, clock, controller } = setUp();
    store.effectsLeft = 0;
    controller.submit(snapshotOf(docs("a")));
    await eventually(() => expect(controller.status()[0]?.reason).toContain("power is gone"));
    expect(store.writes).toBe(0);
    store.effectsLeft = Infinity;
    await whileTimePasses(clock, () => expect(store.names()).toEqual(["a"]));
    await eventually(() => expect(controller.status()[0]?.reason).toBe(""));
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "after a crash at effect %i a new controller ends in the same state",
    async (effects) => {
      const store = new MemorySourceStore();
      const first = setUp({ store });
      first.controller.submit(snapshotOf(docs("a", "b", "c")));
      await eventually(() => expect(store.inventory(SOURCE_ID)).toHaveLength(3));
      await eventually(() => expect(store.names()).toEqual(["a", "b", "c"]));
      await first.controller.close();
      const next = snapshotOf([
        documentOf(pluginObject("b", { spec: { replicas: 2 } })),
        ...docs("c", "d"),
      ]);
      store.effectsLeft = effects;
      const second = setUp({ store });
      second.controller.submit(next);
      await second.clock.advance(2_000);
      await second.controller.close();
      store.effectsLeft = Infinity;
      const third = setUp({ store });
      third.controller.submit(next);
      await whileTimePasses(third.clock, () => expect(store.names()).toEqual(["b", "c", "d"]));
      expect(store.getObject(pluginRef("b"))?.spec).toMatchObject({ replicas: 2 });
      await eventually(() => expect(store.inventory(SOURCE_ID)).toHaveLength(3));
    },
  );
});
