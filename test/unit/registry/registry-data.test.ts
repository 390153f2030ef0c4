import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ObjectKey, toKey } from "../../../src/api/key.ts";
import {
  newestDigest,
  withoutPackage,
  withoutPlugin,
  withPluginFields,
  withUser,
} from "../../../src/registry/registry-changes.ts";
import {
  EMPTY_REGISTRY,
  type PackageRecord,
  parseRegistry,
  type RegistryData,
  serialiseRegistry,
} from "../../../src/registry/registry-data.ts";

const KEY = toKey("default", "a");

function packageRecord(fill: string, installedAt = "2026-01-01T00:00:00.000Z"): PackageRecord {
  const digest = `sha256:${fill.repeat(64)}`;
  return { name: "p", version: "1.0.0", digest, entries: 2, bytes: 9, installedAt };
}

function use(
  data: RegistryData,
  record: PackageRecord,
  livingRevisions: string[] = [],
  key: ObjectKey = KEY,
): RegistryData {
  const { name, version, digest } = record;
  return withUser(data, record, { key, identity: { name, version, digest }, livingRevisions });
}

describe("registry.json", () => {
  test("holds exactly what it was given", () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,5}[a-z0-9])?$/);
    const steps = fc.array(
      fc.record({
        key: fc.tuple(name, name),
        fill: fc.constantFrom("a", "b", "c"),
        isEnabled: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(steps, (list) => {
        let data = EMPTY_REGISTRY;
        for (const { key, fill, isEnabled } of list) {
          const plugin = toKey(...key);
          data = withPluginFields(use(data, packageRecord(fill), ["r"], plugin), plugin, {
            isEnabled,
          });
        }
        const parsed = parseRegistry(serialiseRegistry(data));
        if ("problem" in parsed) throw new Error(parsed.problem);
        expect(parsed.packages).toEqual(data.packages);
        expect(new Map(parsed.plugins)).toEqual(new Map(data.plugins));
      }),
    );
  });

  test("is never a crash, whatever it says", () => {
    const sound = serialiseRegistry(use(EMPTY_REGISTRY, packageRecord("a"), ["r"]));
    const damaged = fc
      .tuple(fc.nat(sound.length), fc.nat(20), fc.string())
      .map(([at, length, text]) => sound.slice(0, at) + text + sound.slice(at + length));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.json(), fc.string()), (text) => {
        const parsed = parseRegistry(text);
        if ("problem" in parsed) return;
        for (const digest of parsed.packages.keys())
          expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
        for (const key of parsed.plugins.keys()) expect(key).toMatch(/^[-a-z0-9]+\/[-a-z0-9]+$/);
      }),
    );
  });
});

describe("changes of the registry", () => {
  const a = packageRecord("a", "2026-01-01T00:00:00.000Z");
  const b = packageRecord("b", "2026-01-02T00:00:00.000Z");

  test("are none when nothing changes", () => {
    const data = use(EMPTY_REGISTRY, a);
    expect(use(data, a, ["r1"])).toBe(data);
    expect(withPluginFields(data, KEY, { isEnabled: false })).toBe(data);
    expect(withPluginFields(data, toKey("default", "none"), { isEnabled: true })).toBe(data);
    expect(withoutPlugin(data, toKey("default", "none"))).toBe(data);
    expect(withoutPackage(data, { ...a })).toBe(data);
  });

  test("retain a package for the revisions that run it, once each", () => {
    const data = use(use(use(EMPTY_REGISTRY, a), b, ["r1"]), packageRecord("c"), ["r1", "r2"]);
    expect(data.plugins.get(KEY)?.retained).toEqual([
      { digest: a.digest, revisions: ["r1"] },
      { digest: b.digest, revisions: ["r2"] },
    ]);
  });

  test("do not retain a package that is used again, or that nothing runs", () => {
    const back = use(use(use(EMPTY_REGISTRY, a), b, ["r1"]), a, ["r1"]);
    expect(back.plugins.get(KEY)?.retained).toEqual([{ digest: b.digest, revisions: ["r1"] }]);
    expect(use(use(EMPTY_REGISTRY, a), b).plugins.get(KEY)?.retained).toEqual([]);
  });

  test("keep a plugin enabled when its package changes", () => {
    const enabled = withPluginFields(use(EMPTY_REGISTRY, a), KEY, { isEnabled: true });
    expect(use(enabled, b).plugins.get(KEY)?.isEnabled).toBe(true);
  });

  test("know the newest content of a version", () => {
    const both = use(use(EMPTY_REGISTRY, b), a);
    expect(newestDigest(both, "p", "1.0.0")).toBe(b.digest);
    expect(newestDigest(withoutPackage(both, b), "p", "1.0.0")).toBe(a.digest);
    expect(newestDigest(both, "p", "2.0.0")).toBeUndefined();
  });
});
