import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { E2eHome, PROGRAM, pluginObject, REPOSITORY } from "../helpers/e2e-home.ts";

const MONITOR = join(REPOSITORY, "examples", "plugins", "system-monitor");
const spec = { source: { path: MONITOR }, permissions: { filesystem: { read: ["/proc"] } } };

const home = new E2eHome(afterAll);

beforeAll(async () => {
  const plugins = [
    pluginObject("mon", spec, { labels: { tier: "core" } }),
    pluginObject("aside", { ...spec, replicas: 2, desiredState: "Installed" }),
  ];
  await home.apply(plugins, "--wait");
}, 60_000);

describe("kubectl's words", () => {
  test("labels and annotates, and overwrites only when told to", async () => {
    expect(await home.ok("label", "plugin", "mon", "a=b")).toBe("plugin/mon labeled\n");
    expect(await home.ok("label", "plugin/mon", "a=b")).toBe("plugin/mon not labeled\n");
    const refused = await home.run(["label", "plugin/mon", "a=c"]);
    expect(refused.stderr).toContain("'a' already has a value (b)");
    expect(refused.status).toBe(73);
    expect(await home.ok("label", "plugins", "-l", "a=b", "a=c", "--overwrite")).toBe(
      "plugin/mon labeled\n",
    );
    expect(await home.ok("label", "plugin/mon", "a-")).toBe("plugin/mon unlabeled\n");
    expect(await home.ok("annotate", "plugin/mon", "x=y", "--dry-run")).toBe(
      "plugin/mon annotated (server dry run)\n",
    );
    expect((await home.plugin("mon")).metadata.annotations).not.toHaveProperty("x");
  });

  test("scales, and not from another number than the expected one", async () => {
    expect(await home.ok("scale", "plugin/aside", "--replicas=3")).toBe("plugin/aside scaled\n");
    const args = ["scale", "plugin", "aside", "--replicas=1", "--current-replicas=2"];
    const refused = await home.run(args);
    expect(refused.stderr).toContain("Expected replicas to be 2, was 3");
    expect(refused.status).not.toBe(0);
    expect((await home.plugin("aside")).spec["replicas"]).toBe(3);
  });

  test("patches in every form, and says when nothing changed", async () => {
    const merge = ["patch", "plugin/aside", "-p", '{"spec":{"replicas":4}}'];
    expect(await home.ok(...merge)).toBe("plugin/aside patched\n");
    expect(await home.ok(...merge)).toBe("plugin/aside patched (no change)\n");
    const json = '[{"op":"replace","path":"/spec/replicas","value":2}]';
    await home.ok("patch", "plugin", "aside", "--type=json", "-p", json);
    expect((await home.plugin("aside")).spec["replicas"]).toBe(2);
    const strategic = await home.run([...merge, "--type=strategic"]);
    expect(strategic.status).not.toBe(0);
  });

  test("edits what the editor changed, and keeps the text of an edit that is refused", async () => {
    const swap = home.write(
      "swap.mjs",
      `import { readFileSync, writeFileSync } from "node:fs";
const { FROM, TO } = process.env;
const file = process.argv[2];
writeFileSync(file, readFileSync(file, "utf8").replace(FROM, TO));`,
    );
    const edit = (from: string, to: string) =>
      home.run(["edit", "plugin/aside"], {
        env: { EDITOR: `${process.execPath} ${swap}`, FROM: from, TO: to, TMPDIR: home.root },
      });
    expect((await edit("replicas:", "replicas:")).stderr).toBe(
      "Edit cancelled, no changes made.\n",
    );
    const done = await edit("desiredState: Installed", "desiredState: Enabled");
    expect(done).toMatchObject({ status: 0, stdout: "plugin/aside edited\n" });
    expect((await home.plugin("aside")).spec["desiredState"]).toBe("Enabled");
    const refused = await edit("replicas:", "replicass:");
    expect(refused.status).toBe(65);
    const copy = /A copy of your changes is in (\S+)/.exec(refused.stderr)?.[1] ?? "";
    expect(readFileSync(copy, "utf8")).toContain("replicass:");
  });

  test("creates what is new and replaces what is there", async () => {
    const file = home.manifest(pluginObject("fresh", { ...spec, desiredState: "Installed" }));
    expect((await home.run(["replace", "-f", file])).status).toBe(66);
    expect(await home.ok("create", "-f", file)).toBe("plugin/fresh created\n");
    expect((await home.run(["create", "-f", file])).status).toBe(73);
    expect(await home.ok("replace", "-f", file, "-o", "name")).toBe("plugin/fresh\n");
    expect(await home.ok("delete", "-f", file)).toBe("plugin/fresh deleted\n");
  });

  test("restarts the instance, and waits until the new one serves", async () => {
    const before = await home.pid("mon");
    expect(await home.ok("rollout", "restart", "plugin/mon")).toBe("plugin/mon restarted\n");
    expect(await home.ok("rollout", "status", "plugin/mon", "--timeout=25s")).toMatch(
      /plugin "mon" successfully rolled out\n$/,
    );
    const after = await home.pid("mon");
    expect(after).not.toBe(before);
    await home.ok("rollout", "restart", "deployment", "mon");
    await home.ok("rollout", "status", "deployment/mon", "--timeout=25s");
    expect(await home.pid("mon")).not.toBe(after);
    expect((await home.run(["rollout", "restart", "ns/default"])).status).toBe(2);
  });
});

describe("rollout history and undo", () => {
  test("go back to a spec before, keep how many run, and outlive the daemon", async () => {
    const named = (endpoint: string) =>
      pluginObject("past", { ...spec, config: { endpoint }, desiredState: "Installed" });
    await home.apply([named("one")]);
    await home.apply([named("two")]);
    await home.ok("scale", "plugin/past", "--replicas=3");
    await home.killDaemon();
    expect(await home.ok("rollout", "history", "plugin/past")).toBe(
      "plugin/past \nREVISION   CHANGE-CAUSE\n1          <none>\n2          <none>\n\n",
    );
    expect(await home.ok("rollout", "history", "plugin/past", "--revision=1")).toMatch(
      /^plugin\/past with revision #1\n(.*\n)* +endpoint: one\n/,
    );
    expect(await home.ok("rollout", "undo", "plugin/past", "--dry-run")).toBe(
      "plugin/past rolled back (server dry run)\n",
    );
    expect(await home.ok("rollout", "undo", "plugin/past")).toBe("plugin/past rolled back\n");
    expect((await home.plugin("past")).spec).toMatchObject({
      config: { endpoint: "one" },
      replicas: 3,
    });
    const revisions = await home.ok("get", "controllerrevisions", "--no-headers");
    expect(revisions.match(/plugin\/past +[23] /g)).toHaveLength(2);
    expect(await home.ok("rollout", "undo", "deploy/past", "--to-revision=3")).toMatch(
      /skipped rollback \(current spec already matches revision 3\)\n$/,
    );
    expect((await home.run(["rollout", "undo", "plugin/past", "--to-revision=9"])).status).toBe(66);
    await home.ok("delete", "plugin/past");
    expect(await home.ok("get", "controllerrevisions")).not.toContain("plugin/past");
  });
});

describe("get", () => {
  test("prints JSONPath, columns, labels and order", async () => {
    const range =
      '{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status};{end}';
    expect(await home.ok("get", "plugins", "-o", `jsonpath=${range}`)).toMatch(
      /^aside=(True|False|);mon=True;$/,
    );
    const columns = "custom-columns=NAME:.metadata.name,TIER:.metadata.labels.tier";
    expect(await home.ok("get", "plugins", "-o", columns, "--sort-by=.metadata.name")).toBe(
      "NAME    TIER\naside   <none>\nmon     core\n",
    );
    const table = await home.ok("get", "plugins", "--show-labels", "-L", "tier", "-A");
    expect(table).toMatch(/^NAMESPACE .* AGE +TIER +LABELS\n/);
    expect(table).toMatch(/^default +mon .* core +.*tier=core/m);
    const sorted = await home.ok("get", "plugins", "--sort-by=.spec.replicas", "--no-headers");
    expect(sorted.split("\n").map((line) => line.split(" ")[0])).toEqual(["mon", "aside", ""]);
    expect(await home.ok("get", "plugins", "--chunk-size=1", "-o", "name")).toBe(
      "plugin/aside\nplugin/mon\n",
    );
  });

  test("knows every kind that discovery knows", async () => {
    expect(await home.ok("get", "pods", "-o", "name")).toBe("pod/mon-0\n");
    expect(await home.ok("get", "deploy,plg", "--field-selector=metadata.name=mon")).toMatch(
      /deployment\.apps\/mon [^]*plugin\/mon /,
    );
    expect(await home.ok("get", "crd", "-o", "name")).toContain("/plugins.portunix.ai\n");
    expect(await home.ok("api-resources", "--api-group=apps")).toMatch(
      /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n(.*\n)*deployments +deploy +apps\/v1 +true +Deployment\n/,
    );
    expect(await home.ok("api-resources", "--namespaced=false", "-o", "name")).toMatch(
      /^customresourcedefinitions\.apiextensions\.k8s\.io$/m,
    );
    expect((await home.ok("api-versions")).split("\n")).toContain("portunix.ai/v1alpha1");
    const unknown = await home.run(["get", "podz"]);
    expect(unknown.stderr).toContain('there is no resource type "podz"; did you mean "pod');
    expect(unknown.status).toBe(2);
  });
});

describe("logs", () => {
  test("shows those of labelled plugins with their names before each line", async () => {
    const text = await home.ok("logs", "-l", "tier=core", "--prefix", "--tail=1");
    expect(text).toMatch(/^\[plugin\/mon\/0\] \S.*\n$/);
    expect(await home.ok("logs", "mon", "--since=1h", "--tail=1")).not.toBe("");
    expect(await home.ok("logs", "deploy/mon", "--tail=1")).not.toBe("");
  });
});

describe("explain", () => {
  test("tells of kinds with and without a daemon", async () => {
    const text = await home.ok("explain", "plugin.spec.source");
    expect(text).toMatch(
      /^GROUP: +portunix\.ai\nKIND: +Plugin\nVERSION: +v1alpha1\n\nFIELD: source <Object>/,
    );
    expect(await home.ok("explain", "deploy")).toContain("KIND:       Deployment\n");
    const offline = await offlineRun(["explain", "plugin.spec", "--recursive"]);
    expect(offline).toBe(await home.ok("explain", "plugin.spec", "--recursive"));
    const wrong = await home.run(["explain", "plugin.spec.sourec"]);
    expect(wrong).toMatchObject({ status: 2, stdout: "" });
    expect(wrong.stderr).toContain('field "sourec" does not exist; did you mean "source"?');
  });
});

/** Runs in a home where no daemon has ever been. */
async function offlineRun(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...home.environment(), PORTUNIX_HOME: join(home.root, "empty") };
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}

describe("completion", () => {
  test("bash completes commands, flags, types and names", async () => {
    home.write("bin/portunix", `#!/bin/sh\nexec ${process.execPath} ${PROGRAM} "$@"\n`);
    await new Promise<void>((resolve, reject) => {
      execFile("chmod", ["755", join(home.root, "bin/portunix")], (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    expect(await bash("portunix", "roll")).toEqual(["rollout"]);
    expect(await bash("portunix", "rollout", "")).toContain("restart");
    expect(await bash("portunix", "get", "plugins", "")).toEqual(["aside", "mon"]);
    expect(await bash("portunix", "scale", "plugin/a")).toEqual(["plugin/aside"]);
    expect(await bash("portunix", "logs", "--ta")).toEqual(["--tail"]);
    expect(await bash("portunix", "get", "-n", "def")).toEqual(["default"]);
    expect(await bash("portunix", "describe", "deplo")).toEqual(["deployments"]);
  });
});

/** What bash offers in place of the last word. */
async function bash(...words: readonly string[]): Promise<readonly string[]> {
  const script = `source <(portunix completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }
_portunix; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return new Promise((resolve, reject) => {
    const env = { ...home.environment(), PATH: `${join(home.root, "bin")}:${process.env["PATH"]}` };
    execFile("bash", ["-c", script, "bash", ...words], { env }, (error, stdout) =>
      error === null ? resolve(stdout.trim().split("\n").toSorted()) : reject(error),
    );
  });
}
