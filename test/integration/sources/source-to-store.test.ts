import { mkdirSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { admit } from "../../../src/api/admission.ts";
import { allDefinitions } from "../../../src/api/definitions.ts";
import { pluginDefinition } from "../../../src/api/plugin-definition.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { SourceController } from "../../../src/reconcile/source-controller.ts";
import { DirectorySource } from "../../../src/sources/directory-source.ts";
import { createParser } from "../../../src/sources/parse-file.ts";
import { createSourceStore } from "../../../src/store/source-store.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { eventually } from "../../helpers/eventually.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { manifest, put } from "./harness.ts";

interface Running {
  readonly store: Store;
  readonly controller: SourceController;
  stop(): Promise<void>;
}

/** Directories, controller and the real store, as the daemon puts them together. */
async function run(home: string, directories: readonly string[]): Promise<Running> {
  const clock = systemClock;
  const logger = silentLogger;
  const definitions = allDefinitions;
  const store = await openStore({ path: join(home, "portunix.db"), clock, logger, definitions });
  const controller = new SourceController({
    store: createSourceStore(store),
    clock,
    logger,
    allowDelete: undefined,
    toStored: (object) => admit(pluginDefinition, object),
    pruneDelayMs: 50,
  });
  const sources = directories.map(
    (directory) =>
      new DirectorySource({
        directory,
        clock,
        logger,
        parse: createParser(definitions),
        onSnapshot: (snapshot) => controller.submit(snapshot),
        timing: { probeMs: 20 },
      }),
  );
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await Promise.all(sources.map((source) => source.close()));
    await controller.close();
    store.close();
  };
  onTestFinished(stop);
  await Promise.all(sources.map((source) => source.start()));
  return { store, controller, stop };
}

const plugin = ({ store }: Running, name: string) => store.get(pluginDefinition, "default", name);
const names = ({ store }: Running) =>
  store.list(pluginDefinition, undefined).items.map(({ metadata }) => metadata.name);

/** The plugins of a store all carry a finalizer; this is what the reconciler does to end it. */
function finishDeletions({ store }: Running): void {
  for (const object of store.list(pluginDefinition, undefined).items) {
    if (object.metadata.deletionTimestamp === undefined) continue;
    const { finalizers: _, ...metadata } = object.metadata;
    store.update(pluginDefinition, { ...object, metadata: { ...metadata, finalizers: [] } });
  }
}

function manifestDirectory(): string {
  const path = join(tempDir(), "m");
  mkdirSync(path);
  return path;
}

describe("a directory and the store", () => {
  test("100 files become 100 objects, and an edit changes one generation and no more", async () => {
    const manifests = manifestDirectory();
    const all = Array.from({ length: 100 }, (_, index) => `p${String(index).padStart(2, "0")}`);
    for (const name of all) put(manifests, `${name}.yaml`, manifest(name));
    const running = await run(tempDir(), [manifests]);
    await eventually(() => expect(names(running)).toEqual(all));
    put(manifests, "p07.yaml", manifest("p07", { replicas: 2 }));
    await eventually(() => expect(plugin(running, "p07")?.metadata.generation).toBe(2));
    expect(plugin(running, "p07")?.spec).toMatchObject({ replicas: 2 });
    const revision = running.store.resourceVersion();
    running.controller.resync();
    put(manifests, "p08.yaml", `# a comment\n${manifest("p08")}`);
    const id = `directory:${manifests}`;
    await eventually(() => {
      const entry = running.store.inventory.list(id).find(({ ref }) => ref.name === "p08");
      expect(entry?.line).toBe(2);
    });
    expect(running.store.resourceVersion()).toBe(revision);
  });

  test("a bad edit keeps the last good spec, says where, and lets the others move on", async () => {
    const manifests = manifestDirectory();
    for (const name of ["a", "b"]) put(manifests, `${name}.yaml`, manifest(name));
    const running = await run(tempDir(), [manifests]);
    await eventually(() => expect(names(running)).toEqual(["a", "b"]));
    put(manifests, "a.yaml", manifest("a", { replica: 3 }));
    put(manifests, "b.yaml", manifest("b", { replicas: 3 }));
    await eventually(() => expect(plugin(running, "b")?.spec).toMatchObject({ replicas: 3 }));
    const ref = { apiVersion: "portunix.ai/v1alpha1", kind: "Plugin", namespace: "default" };
    await eventually(() =>
      expect(
        running.store.notes.problemOf({ ...ref, name: "a" }, `directory:${manifests}`),
      ).toMatch(/a\.yaml:1:\d+ .*replica/),
    );
    expect(plugin(running, "a")?.spec).toMatchObject({ replicas: 1 });
    put(manifests, "a.yaml", manifest("a", { replicas: 4 }));
    await eventually(() => expect(plugin(running, "a")?.spec).toMatchObject({ replicas: 4 }));
    await eventually(() =>
      expect(running.store.notes.problemOf({ ...ref, name: "a" }, undefined)).toBeUndefined(),
    );
  });

  test("a removed file is pruned, also when it was removed while nothing ran", async () => {
    const manifests = manifestDirectory();
    const home = tempDir();
    for (const name of ["a", "b", "c"]) put(manifests, `${name}.yaml`, manifest(name));
    const first = await run(home, [manifests]);
    await eventually(() => expect(names(first)).toEqual(["a", "b", "c"]));
    unlinkSync(join(manifests, "a.yaml"));
    await eventually(() => expect(plugin(first, "a")?.metadata.deletionTimestamp).toBeDefined());
    finishDeletions(first);
    await first.stop();
    unlinkSync(join(manifests, "b.yaml"));
    const second = await run(home, [manifests]);
    await eventually(() => expect(plugin(second, "b")?.metadata.deletionTimestamp).toBeDefined());
    expect(plugin(second, "c")?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("an object whose file comes back while it is being deleted is made anew", async () => {
    const manifests = manifestDirectory();
    for (const name of ["a", "b"]) put(manifests, `${name}.yaml`, manifest(name));
    const running = await run(tempDir(), [manifests]);
    await eventually(() => expect(names(running)).toEqual(["a", "b"]));
    const uid = plugin(running, "a")?.metadata.uid;
    unlinkSync(join(manifests, "a.yaml"));
    await eventually(() => expect(plugin(running, "a")?.metadata.deletionTimestamp).toBeDefined());
    put(manifests, "a.yaml", manifest("a"));
    await eventually(() => {
      finishDeletions(running);
      const { metadata } = plugin(running, "a") ?? {};
      expect(metadata?.deletionTimestamp).toBeUndefined();
      expect(metadata?.uid).toBeDefined();
      expect(metadata?.uid).not.toBe(uid);
    });
  });

  test.each([
    ["emptied", (path: string) => unlinkSync(join(path, "all.yaml")), /suddenly no manifest/],
    ["moved away", (path: string) => renameSync(path, `${path}.away`), /does not exist/],
    [
      "replaced by a file",
      (path: string) => {
        renameSync(path, `${path}.away`);
        writeFileSync(path, "");
      },
      /is not a directory/,
    ],
  ])("a directory that is %s deletes nothing and says so", async (_name, harm, message) => {
    const manifests = manifestDirectory();
    put(manifests, "all.yaml", `${manifest("a")}---\n${manifest("b")}`);
    const running = await run(tempDir(), [manifests]);
    await eventually(() => expect(names(running)).toEqual(["a", "b"]));
    harm(manifests);
    await eventually(() => {
      const kept = running.controller.status()[0]?.keptFromDeletion ?? [];
      expect(kept.map(({ ref }) => ref.name)).toEqual(["a", "b"]);
      expect(kept[0]?.message).toMatch(message);
    });
    expect(plugin(running, "a")?.metadata.deletionTimestamp).toBeUndefined();
    expect(plugin(running, "b")?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("two directories that claim one object do not fight", async () => {
    const [first, second] = [manifestDirectory(), manifestDirectory()];
    put(first, "a.yaml", manifest("a"));
    const home = tempDir();
    const before = await run(home, [first]);
    await eventually(() => expect(names(before)).toEqual(["a"]));
    await before.stop();
    put(second, "a.yaml", manifest("a", { replicas: 5 }));
    put(second, "b.yaml", manifest("b"));
    const running = await run(home, [first, second]);
    await eventually(() => expect(names(running)).toEqual(["a", "b"]));
    const ref = {
      apiVersion: "portunix.ai/v1alpha1",
      kind: "Plugin",
      namespace: "default",
      name: "a",
    };
    await eventually(() => expect(running.store.notes.conflictOf(ref)).toContain(first));
    expect(plugin(running, "a")?.metadata.generation).toBe(1);
  });
});
