import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  E2eHome,
  type PluginView,
  conditionOf,
  isReady,
  pidOf,
  pluginObject,
} from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

interface SourceReport {
  readonly sourceId: string;
  readonly complete: boolean;
  readonly reason: string;
  readonly objects: number;
  readonly keptFromDeletion: readonly {
    readonly ref: { readonly name: string };
    message: string;
  }[];
  readonly problems: readonly object[];
}

/** A manifests directory beside a home, and what `status` says of it. */
class Manifests {
  readonly home = new E2eHome();
  readonly directory: string;

  constructor() {
    this.directory = join(this.home.root, "m");
    mkdirSync(this.directory);
  }

  put(name: string, ...objects: readonly (object | string)[]): void {
    const texts = objects.map((object) =>
      typeof object === "string" ? object : JSON.stringify(object),
    );
    writeFileSync(join(this.directory, name), `${texts.join("\n---\n")}\n`);
  }

  remove(...names: readonly string[]): void {
    for (const name of names) rmSync(join(this.directory, name));
  }

  serve(...args: string[]): Promise<string> {
    return this.home.startDaemon("--manifests", this.directory, ...args);
  }

  async names(): Promise<string[]> {
    return (await this.home.plugins()).map(({ metadata }) => metadata.name).toSorted();
  }

  async report(): Promise<SourceReport> {
    const { sources } = await this.home.api<{ sources: SourceReport[] }>("/portunix/v1/status");
    const [report] = sources;
    if (report === undefined) throw new Error("status tells of no source");
    return report;
  }
}

const running = (name: string, spec: object = {}) =>
  pluginObject(name, { source: { path: fixturePackage("healthy") }, ...spec });

/** On disk only: no process, and so quick. */
const installed = (name: string, path: string, metadata: Record<string, unknown> = {}) =>
  pluginObject(name, { source: { path }, desiredState: "Installed" }, metadata);

describe("a directory of manifests", () => {
  test("is followed: files that come, change and go", async () => {
    const manifests = new Manifests();
    const { home } = manifests;
    manifests.put("a.yaml", running("a"));
    await manifests.serve();
    const a = pidOf(await eventuallyReady(home, "a"));
    manifests.put("b.yaml", running("b"));
    const b = pidOf(await eventuallyReady(home, "b"));
    manifests.put("b.yaml", running("b", { config: { edited: true } }));
    await home.untilPlugin("b", (plugin) => isReady(plugin) && pidOf(plugin) !== b);
    manifests.remove("b.yaml");
    await eventually(async () => expect(await manifests.names()).toEqual(["a"]));
    await eventually(() => expect(home.instances()).toHaveLength(1));
    expect(await home.pid("a")).toBe(a);
  });

  test("keeps the last good spec where a document is bad, and takes in all the others", async () => {
    const manifests = new Manifests();
    const { home } = manifests;
    manifests.put("a.yaml", running("good"), running("other"));
    await manifests.serve();
    const good = pidOf(await eventuallyReady(home, "good"));
    const bad = [
      "apiVersion: portunix.ai/v1alpha1",
      "kind: Plugin",
      "metadata: {name: good}",
      "spec:",
      "  source: {path: /nowhere}",
      "  replicaz: 3",
    ].join("\n");
    manifests.put("a.yaml", bad, running("other", { config: { edited: 1 } }), running("third"));
    const kept = await home.untilPlugin(
      "good",
      (plugin) => conditionOf(plugin, "SourceInvalid")?.status === "True",
    );
    const message = conditionOf(kept, "SourceInvalid")?.message ?? "";
    expect(message).toContain(`${manifests.directory}/a.yaml:6:3`);
    expect(message).toContain("replicas");
    expect(pidOf(kept)).toBe(good);
    await eventuallyReady(home, "third");
    await home.untilPlugin(
      "other",
      ({ spec, status }) =>
        JSON.stringify(spec["config"]) === '{"edited":1}' && status?.observedGeneration === 2,
    );
    expect((await home.run(["status", "--exit-code"])).status).toBe(15);
    manifests.put("a.yaml", running("good"), running("other"), running("third"));
    await home.untilPlugin(
      "good",
      (plugin) => conditionOf(plugin, "SourceInvalid")?.status === "False" && isReady(plugin),
    );
  });

  test.each([
    ["emptied", ({ directory }: Manifests) => emptyDirectory(directory)],
    ["gone", ({ directory }: Manifests) => renameSync(directory, `${directory}-away`)],
  ])("deletes nothing when it is suddenly %s, and says so", async (_, damage) => {
    const manifests = new Manifests();
    const { home } = manifests;
    // One object: its deletion alone would be within every budget.
    manifests.put("a.yaml", running("a"));
    await manifests.serve();
    const pid = pidOf(await eventuallyReady(home, "a"));
    damage(manifests);
    await eventually(async () => {
      const { complete, keptFromDeletion } = await manifests.report();
      const isSaid = !complete || keptFromDeletion.length === 1;
      expect(isSaid).toBe(true);
    });
    expect(await manifests.names()).toEqual(["a"]);
    expect(await home.ok("status")).toMatch(/no manifest at all|m-away|\/m\b/);
    // A daemon that starts now and sees only this deletes nothing either.
    await home.ok("daemon", "stop");
    await manifests.serve();
    await eventually(async () => {
      const { complete, keptFromDeletion } = await manifests.report();
      expect(!complete || keptFromDeletion.length === 1).toBe(true);
    });
    expect(pidOf(await home.ready("a"))).toBe(pid);
    expect(await manifests.names()).toEqual(["a"]);
  });

  test("deletes nothing while a part of it cannot be read", async () => {
    const manifests = new Manifests();
    const path = fixturePackage("healthy");
    manifests.put("a.yaml", installed("a", path));
    manifests.put("b.yaml", installed("b", path));
    await manifests.serve();
    await eventually(async () => expect(await manifests.names()).toEqual(["a", "b"]));
    // Nobody is kept from reading by modes who is root; depth is a limit for all.
    const deep = join(manifests.directory, ...Array.from({ length: 40 }, () => "d"));
    mkdirSync(deep, { recursive: true });
    await eventually(async () => expect((await manifests.report()).complete).toBe(false));
    manifests.remove("a.yaml");
    manifests.put("c.yaml", installed("c", path));
    await eventually(async () => expect(await manifests.names()).toEqual(["a", "b", "c"]));
    await eventually(async () => {
      const { keptFromDeletion, reason } = await manifests.report();
      expect(keptFromDeletion.map(({ ref }) => ref.name)).toEqual(["a"]);
      expect(reason).toContain("directories deep");
    });
    rmSync(join(manifests.directory, "d"), { recursive: true });
    await eventually(async () => expect(await manifests.names()).toEqual(["b", "c"]));
  });

  test("loses no more than a fifth of its objects at once, unless that is allowed", async () => {
    const manifests = new Manifests();
    const { home } = manifests;
    const path = fixturePackage("healthy");
    const all = Array.from({ length: 10 }, (_, index) => `p${index}`);
    for (const name of all) manifests.put(`${name}.yaml`, installed(name, path));
    await manifests.serve();
    await eventually(async () => expect(await manifests.names()).toEqual(all));
    manifests.remove("p0.yaml", "p1.yaml", "p2.yaml");
    await eventually(async () => {
      const { keptFromDeletion } = await manifests.report();
      expect(keptFromDeletion.map(({ ref }) => ref.name)).toEqual(["p0", "p1", "p2"]);
    });
    expect(await manifests.names()).toEqual(all);
    expect(await home.ok("status")).toContain("--allow-delete 3");
    // Two of ten are within the budget, whatever was held back before.
    manifests.put("p2.yaml", installed("p2", path));
    await eventually(async () => expect(await manifests.names()).toEqual(all.slice(2)));
    manifests.remove("p3.yaml", "p4.yaml", "p5.yaml");
    await eventually(async () => {
      expect((await manifests.report()).keptFromDeletion).toHaveLength(3);
    });
    await home.ok("daemon", "stop");
    await manifests.serve("--allow-delete", "3");
    const left = ["p2", "p6", "p7", "p8", "p9"];
    await eventually(async () => expect(await manifests.names()).toEqual(left));
  });

  test("deletes what carries the prune annotation, and never what carries protect", async () => {
    const manifests = new Manifests();
    const { home } = manifests;
    const path = fixturePackage("healthy");
    const marked = (name: string, annotations: object) => installed(name, path, { annotations });
    manifests.put("stays.yaml", installed("stays", path));
    manifests.put("dear.yaml", marked("dear", { "portunix.ai/protect": "true" }));
    for (const name of ["x", "y", "z"]) {
      manifests.put(`${name}.yaml`, marked(name, { "portunix.ai/prune": "allowed" }));
    }
    await manifests.serve();
    const all = ["dear", "stays", "x", "y", "z"];
    await eventually(async () => expect(await manifests.names()).toEqual(all));
    manifests.remove("dear.yaml", "x.yaml", "y.yaml", "z.yaml");
    await eventually(async () => expect(await manifests.names()).toEqual(["dear", "stays"]));
    await eventually(async () => {
      const { keptFromDeletion } = await manifests.report();
      expect(keptFromDeletion.map(({ ref }) => ref.name)).toEqual(["dear"]);
    });
    expect(await home.ok("status")).toContain("portunix.ai/protect");
    // The user's own word counts more than the source's silence.
    await home.ok("delete", "plugin", "dear");
    expect(await manifests.names()).toEqual(["stays"]);
  });

  test("does not fight over an object that apply has made", async () => {
    const manifests = new Manifests();
    const { home } = manifests;
    await manifests.serve();
    await home.apply([running("shared", { config: { by: "apply" } })], "--wait");
    const before = await home.plugin("shared");
    manifests.put("a.yaml", running("shared", { config: { by: "directory" } }), running("mine"));
    const after = await home.untilPlugin(
      "shared",
      (plugin) => conditionOf(plugin, "Conflict")?.status === "True",
    );
    expect(conditionOf(after, "Conflict")?.message).toContain("portunix apply");
    expect(after.spec).toEqual(before.spec);
    expect(pidOf(after)).toBe(pidOf(before));
    await eventuallyReady(home, "mine");
    manifests.put("a.yaml", running("mine"));
    await home.untilPlugin(
      "shared",
      (plugin) => conditionOf(plugin, "Conflict")?.status === "False" && isReady(plugin),
    );
    expect(await home.pid("shared")).toBe(pidOf(before));
  });

  test("puts back what others have changed or deleted, and apply refuses to", async () => {
    const manifests = new Manifests();
    const { home } = manifests;
    const path = fixturePackage("healthy");
    const object = installed("mine", path);
    manifests.put("a.yaml", object);
    await manifests.serve();
    await eventuallyReady(home, "mine");
    const edited = pluginObject("mine", { source: { path }, desiredState: "Enabled" });
    const { status, stderr } = await home.run(["apply", "-f", home.manifest(edited)]);
    expect(stderr).toContain(`plugin/mine belongs to directory:${manifests.directory}`);
    expect(status).toBe(75);
    const { uid } = (await home.plugin("mine")).metadata;
    await home.ok("delete", "plugin", "mine", "--wait=false");
    await eventually(async () => {
      const plugin = await home.plugin("mine");
      expect(plugin.metadata.uid).not.toBe(uid);
      expect(isReady(plugin)).toBe(true);
    });
  });
});

/** Also when the object is not there yet. */
function eventuallyReady(home: E2eHome, name: string): Promise<PluginView> {
  return eventually(async () => {
    const plugin = await home.plugin(name);
    if (!isReady(plugin)) throw new Error(`not Ready: ${JSON.stringify(plugin.status)}`);
    return plugin;
  }, 25_000);
}

function emptyDirectory(directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
}
