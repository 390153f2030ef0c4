import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JsonSchema } from "../../../../src/api/json-schema.ts";
import { apply } from "../../../../src/apiserver/managed-fields/apply.ts";
import { holdChanges } from "../../../../src/apiserver/managed-fields/change-owners.ts";
import { compare } from "../../../../src/apiserver/managed-fields/compare.ts";
import { type FieldSet, NO_FIELDS } from "../../../../src/apiserver/managed-fields/field-set.ts";
import type { Managers } from "../../../../src/apiserver/managed-fields/managers.ts";
import { toNodeType } from "../../../../src/apiserver/managed-fields/node-type.ts";
import { pathText } from "../../../../src/apiserver/managed-fields/path-text.ts";

/** One operation, and the answer of the reference implementation; see its README. */
interface Vector {
  readonly reset: boolean;
  readonly op: "apply" | "update";
  readonly manager: string;
  readonly force: boolean;
  readonly obj: unknown;
  readonly want: {
    readonly live: unknown;
    readonly ms: Readonly<Record<string, FieldSet>>;
    readonly conflicts?: readonly unknown[];
  };
}

interface World {
  readonly live: unknown;
  readonly managers: Managers;
  readonly conflicts: readonly string[];
}

const folder = new URL("../../../fixtures/ssa-vectors/", import.meta.url);
const type = toNodeType(
  JSON.parse(readFileSync(new URL("schema.json", folder), "utf8")) as JsonSchema,
);
const vectors = readFileSync(new URL("vectors.jsonl", folder), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);
const start: World = { live: {}, managers: new Map(), conflicts: [] };

test("holds all of the recorded operations, of each kind", () => {
  expect(vectors).toHaveLength(1_600);
  expect(vectors.filter(({ reset }) => reset)).toHaveLength(200);
  expect(new Set(vectors.map(({ op, force }) => `${op} ${force}`))).toContain("apply false");
  const refused = vectors.filter(({ want }) => want.conflicts !== undefined);
  expect(refused.length).toBeGreaterThan(50);
});

test("agrees with the reference implementation on every recorded operation", () => {
  let world = start;
  const differences = vectors.flatMap((vector, line) => {
    const before = vector.reset ? start : world;
    world = step(before, vector);
    const got = { ...shown(world), conflicts: world.conflicts };
    const want = {
      live: vector.want.live ?? {},
      ms: vector.want.ms,
      conflicts: ((vector.want.conflicts ?? []) as readonly string[]).toSorted(),
    };
    return isSame(got, want) ? [] : [{ line: line + 1, vector, got, want }];
  });
  expect(differences.slice(0, 1)).toEqual([]);
  expect(differences).toHaveLength(0);
});

function step(world: World, { op, manager, force, obj }: Vector): World {
  const { live, managers } = world;
  if (op === "update") {
    const comparison = compare(type, live, obj);
    const change = { managers, manager: `U:${manager}`, apiVersion: "v1", comparison };
    return { live: obj, managers: holdChanges(change, NO_FIELDS), conflicts: [] };
  }
  const result = apply({
    type,
    live,
    applied: obj,
    apiVersion: "v1",
    managers,
    manager: `A:${manager}`,
    force,
    ignored: NO_FIELDS,
  });
  if (result.kind === "conflicts")
    return {
      ...world,
      conflicts: result.conflicts
        .map(({ manager: other, path }) => `${other.slice(2)} ${pathText(path)}`)
        .toSorted(),
    };
  return { live: result.object, managers: result.managers, conflicts: [] };
}

function shown({ live, managers }: World): object {
  const ms = Object.fromEntries([...managers].map(([name, { fields }]) => [name, fields]));
  return { live: live ?? {}, ms };
}

function isSame(got: unknown, want: unknown): boolean {
  try {
    expect(got).toEqual(want);
    return true;
  } catch {
    return false;
  }
}
