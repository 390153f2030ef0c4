import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../../src/base/canonical-json.ts";
import { apply, type ApplyResult } from "../../../../src/apiserver/managed-fields/apply.ts";
import { holdChanges } from "../../../../src/apiserver/managed-fields/change-owners.ts";
import { compare } from "../../../../src/apiserver/managed-fields/compare.ts";
import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  NO_FIELDS,
  pathsOf,
  union,
} from "../../../../src/apiserver/managed-fields/field-set.ts";
import type { Managers } from "../../../../src/apiserver/managed-fields/managers.ts";
import { toFieldSet } from "../../../../src/apiserver/managed-fields/to-field-set.ts";
import { appliedObjects, objectType as type } from "../../../helpers/applied-objects.ts";
import { propertyRuns, propertyTimeoutMs } from "../../../helpers/property-runs.ts";

// Each run is a history of several writes.
const runs = { numRuns: Math.ceil(propertyRuns() / 5) };
const timeout = propertyTimeoutMs();

/** An object and who holds what of it. */
interface World {
  readonly live: unknown;
  readonly managers: Managers;
}

const EMPTY: World = { live: {}, managers: new Map() };

type Step =
  | { readonly op: "apply"; readonly manager: string; readonly object: object }
  | { readonly op: "update"; readonly manager: string; readonly object: object };

const managers = fc.constantFrom("x", "y", "z");
const applies: fc.Arbitrary<Step> = fc.record({
  op: fc.constant("apply" as const),
  manager: managers,
  object: appliedObjects(),
});
const updates: fc.Arbitrary<Step> = fc.record({
  op: fc.constant("update" as const),
  manager: managers.map((name) => `${name}-u`),
  object: appliedObjects(),
});
const histories = fc.array(fc.oneof(applies, updates), { maxLength: 6 });

describe("server-side apply", () => {
  test(
    "twice is as once",
    () => {
      fc.assert(
        fc.property(histories, managers, appliedObjects(), (history, manager, object) => {
          const once = applied(after(history), manager, object);
          const again = tryApply(once, { manager, object });
          expect(again).toMatchObject({ kind: "applied", isChanged: false });
          expect(shown(worldOf(again))).toEqual(shown(once));
        }),
        runs,
      );
    },
    timeout,
  );

  test(
    "holds all that is stated, and the object then says so",
    () => {
      fc.assert(
        fc.property(histories, managers, appliedObjects(), (history, manager, object) => {
          const { live, managers: held } = applied(after(history), manager, object);
          const stated = toFieldSet(type, object);
          expect(held.get(manager)?.fields ?? NO_FIELDS).toEqual(stated);
          const { added, modified } = compare(type, live, object);
          expect(isEmptySet(added)).toBe(true);
          expect(pathsOf(intersection(modified, stated))).toEqual([]);
        }),
        runs,
      );
    },
    timeout,
  );

  test(
    "leaves no field that nobody holds, where all are appliers",
    () => {
      fc.assert(
        fc.property(fc.array(applies, { maxLength: 6 }), (history) => {
          const { live, managers: held } = after(history);
          const all = [...held.values()].map(({ fields }) => fields).reduce(union, NO_FIELDS);
          expect(pathsOf(difference(toFieldSet(type, live ?? {}), all))).toEqual([]);
        }),
        runs,
      );
    },
    timeout,
  );

  test(
    "takes all away again that one manager alone brought",
    () => {
      fc.assert(
        fc.property(managers, fc.array(appliedObjects(), { minLength: 1 }), (manager, objects) => {
          const there = objects.reduce<World>(
            (world, object) => applied(world, manager, object),
            EMPTY,
          );
          const gone = applied(there, manager, {});
          expect(gone.live ?? {}).toEqual({});
          expect(gone.managers.size).toBe(0);
        }),
        runs,
      );
    },
    timeout,
  );

  test(
    "gives the same in any order of managers that have nothing in common",
    () => {
      fc.assert(
        fc.property(
          appliedObjects({ members: ["cpu"], items: ["a", "b"] }).map(ownPart(["name", "whole"])),
          appliedObjects({ members: ["memory"], items: ["c", "d"] }).map(
            ownPart(["size", "block"]),
          ),
          (mine, yours) => {
            const one = applied(applied(EMPTY, "x", mine), "y", yours);
            const other = applied(applied(EMPTY, "y", yours), "x", mine);
            expect(shown(one)).toEqual(shown(other));
            expect(tryApply(one, { manager: "x", object: mine, force: false }).kind).toBe(
              "applied",
            );
          },
        ),
        runs,
      );
    },
    timeout,
  );

  test(
    "keeps what another applier states too, and takes what only the leaver stated",
    () => {
      fc.assert(
        fc.property(appliedObjects(), (object) => {
          const both = applied(applied(EMPTY, "x", object), "y", object);
          expect(both.managers.size).toBe(isEmptySet(toFieldSet(type, object)) ? 0 : 2);
          const left = applied(both, "x", {});
          expect(left.live ?? {}).toEqual(object);
          expect(left.managers.has("x")).toBe(false);
        }),
        runs,
      );
    },
    timeout,
  );

  test(
    "conflicts exactly where another manager holds another value; by force they are its own alone",
    () => {
      fc.assert(
        fc.property(histories, managers, appliedObjects(), (history, manager, object) => {
          const world = after(history);
          const polite = tryApply(world, { manager, object, force: false });
          const forced = applied(world, manager, object);
          if (polite.kind === "applied") {
            expect(shown(worldOf(polite))).toEqual(shown(forced));
            return;
          }
          expect(polite.conflicts.length).toBeGreaterThan(0);
          for (const { manager: other, path } of polite.conflicts) {
            expect(other).not.toBe(manager);
            expect(hasPath(world.managers.get(other)?.fields ?? NO_FIELDS, path)).toBe(true);
            expect(hasPath(forced.managers.get(other)?.fields ?? NO_FIELDS, path)).toBe(false);
          }
          expect(tryApply(forced, { manager, object, force: false }).kind).toBe("applied");
        }),
        runs,
      );
    },
    timeout,
  );
});

describe("an update", () => {
  test(
    "gives its writer what it changed, and takes from all what it removed",
    () => {
      fc.assert(
        fc.property(histories, appliedObjects(), (history, object) => {
          const before = after(history);
          const { added, modified, removed } = compare(type, before.live ?? {}, object);
          const { managers: held } = updated(before, "u", object);
          const gained = union(added, modified);
          expect(pathsOf(difference(gained, held.get("u")?.fields ?? NO_FIELDS))).toEqual([]);
          for (const [name, { fields }] of held) {
            expect(pathsOf(intersection(fields, removed))).toEqual([]);
            if (name !== "u") expect(pathsOf(intersection(fields, gained))).toEqual([]);
          }
        }),
        runs,
      );
    },
    timeout,
  );
});

describe("a comparison", () => {
  test(
    "is empty of equals, and turned round it swaps what came and what went",
    () => {
      fc.assert(
        fc.property(appliedObjects(), appliedObjects(), (a, b) => {
          expect(compare(type, a, structuredClone(a))).toEqual({
            added: {},
            removed: {},
            modified: {},
          });
          const there = compare(type, a, b);
          const back = compare(type, b, a);
          expect(there.added).toEqual(back.removed);
          expect(there.modified).toEqual(back.modified);
        }),
        runs,
      );
    },
    timeout,
  );
});

describe("a field set", () => {
  test(
    "joins, meets and parts as a plain set of paths does",
    () => {
      fc.assert(
        fc.property(appliedObjects(), appliedObjects(), (left, right) => {
          const [a, b] = [toFieldSet(type, left), toFieldSet(type, right)];
          const [as, bs] = [texts(a), texts(b)];
          expect(texts(union(a, b))).toEqual([...new Set([...as, ...bs])].toSorted());
          expect(texts(intersection(a, b))).toEqual(as.filter((path) => bs.includes(path)));
          expect(texts(difference(a, b))).toEqual(as.filter((path) => !bs.includes(path)));
        }),
        runs,
      );
    },
    timeout,
  );
});

// A property that no input reaches proves nothing, so the generator is tested too.
test("the generator reaches conflicts, shared fields, losses and every kind of field", () => {
  const seen = new Set<string>();
  for (const history of fc.sample(histories, 500)) {
    let world = EMPTY;
    for (const step of history) {
      if (step.op === "apply") {
        const result = tryApply(world, { ...step, force: false });
        seen.add(result.kind);
      }
      const next = after([step], world);
      for (const path of texts(toFieldSet(type, next.live ?? {}))) seen.add(path.slice(0, 10));
      if ([...world.managers.keys()].some((name) => !next.managers.has(name))) seen.add("lost");
      world = next;
    }
    if (isShared(world.managers)) seen.add("shared");
  }
  expect([...seen]).toEqual(expect.arrayContaining(["conflicts", "applied", "lost", "shared"]));
  for (const name of [
    "name",
    "size",
    "whole",
    "caps",
    "env",
    "labels",
    "block",
    "limits",
    "config",
  ])
    expect([...seen].some((path) => path.includes(`f:${name}`))).toBe(true);
});

function after(history: readonly Step[], start: World = EMPTY): World {
  return history.reduce<World>(
    (world, { op, manager, object }) =>
      op === "apply" ? applied(world, manager, object) : updated(world, manager, object),
    start,
  );
}

function applied(world: World, manager: string, object: object): World {
  return worldOf(tryApply(world, { manager, object, force: true }));
}

function tryApply(
  { live, managers: held }: World,
  { manager, object, force = true }: { manager: string; object: object; force?: boolean },
): ApplyResult {
  return apply({
    type,
    live: live ?? {},
    applied: object,
    apiVersion: "v1",
    managers: held,
    manager,
    force,
    ignored: NO_FIELDS,
  });
}

function updated({ live, managers: held }: World, manager: string, object: object): World {
  const comparison = compare(type, live ?? {}, object);
  const change = { managers: held, manager, apiVersion: "v1", comparison };
  return { live: object, managers: holdChanges(change, NO_FIELDS) };
}

function worldOf(result: ApplyResult): World {
  if (result.kind === "conflicts") throw new Error("refused, though by force");
  return { live: result.object, managers: result.managers };
}

/** Comparable: managers by name, and lists whose order is nobody's in one order. */
function shown({ live, managers: held }: World): object {
  return {
    live: sortedLists(live ?? {}),
    managers: Object.fromEntries([...held].map(([name, { fields }]) => [name, texts(fields)])),
  };
}

function sortedLists(live: object): object {
  return Object.fromEntries(
    Object.entries(live).map(([name, value]) => [
      name,
      (name === "caps" || name === "env") && Array.isArray(value)
        ? value.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
        : (value as unknown),
    ]),
  );
}

/** Leaves out the fields that are owned whole, but those that are this manager's. */
function ownPart(mine: readonly string[]): (object: object) => object {
  const whole = ["name", "size", "whole", "block"];
  return (object) =>
    Object.fromEntries(
      Object.entries(object).filter(([name]) => !whole.includes(name) || mine.includes(name)),
    );
}

function texts(set: FieldSet): readonly string[] {
  return pathsOf(set)
    .map((path) => path.join("/"))
    .toSorted();
}

function isShared(held: Managers): boolean {
  const sets = [...held.values()].map(({ fields }) => fields);
  return sets.some((a, i) => sets.some((b, j) => i < j && !isEmptySet(intersection(a, b))));
}
