import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { conditionOf, E2eHome, isReady, pluginObject } from "../helpers/e2e-home.ts";
import { edit, fixturePlugin, packageOf, whySays } from "./hard-times-kit.ts";

const home = new E2eHome(afterAll);
let healthyPid: number;

/** One home for all: each of these must fail by itself, and leave the others alone. */
beforeAll(async () => {
  await home.apply([fixturePlugin(home, "healthy")], "--wait");
  healthyPid = await home.pid("healthy");
  await home.apply([
    ...faultyPackages(),
    pluginObject("too-old", { source: sourceOf("healthy"), version: ">=2.0.0" }),
    pluginObject("set-wrongly", { source: configured(), config: { intervall: "often" } }),
    pluginObject("not-permitted", { source: asking() }),
    ...tangled(),
  ]);
});

function faultyPackages(): object[] {
  const missing = { path: join(home.root, "packages", "missing") };
  const broken = packageOf(home, "healthy", "broken");
  edit(join(broken, "plugin.yaml"), (text) => text.replace("runtime:", "runtme:"));
  const torn = packageOf(home, "healthy", "torn");
  edit(join(torn, "plugin.yaml"), (text) => text.replace("version: 1.0.0", "version: [1.0.0"));
  const noProgram = packageOf(home, "healthy", "no-program");
  rmSync(join(noProgram, "main.mjs"));
  const notExecutable = packageOf(home, "healthy", "not-executable");
  edit(join(notExecutable, "plugin.yaml"), (text) =>
    text.replace("language: node", "language: go"),
  );
  edit(join(notExecutable, "main.mjs"), (text) => `#!${process.execPath}\n${text}`);
  chmodSync(join(notExecutable, "main.mjs"), 0o644);
  return [
    pluginObject("missing", { source: missing }),
    pluginObject("broken", { source: { path: broken } }),
    pluginObject("torn", { source: { path: torn } }),
    pluginObject("no-program", { source: { path: noProgram } }),
    pluginObject("not-executable", { source: { path: notExecutable } }),
  ];
}

function configured(): { path: string } {
  const path = packageOf(home, "healthy", "configured");
  const schema =
    "configuration:\n  required:\n    endpoint: {type: string}\n  optional:\n    interval: {type: integer, default: 5}\n";
  edit(join(path, "plugin.yaml"), (text) => text + schema);
  return { path };
}

function asking(): { path: string } {
  const path = packageOf(home, "healthy", "asking");
  const permissions =
    'permissions:\n  filesystem:\n    read: [/proc, /sys]\n  network:\n    outbound: ["*.example.com:443"]\n';
  edit(join(path, "plugin.yaml"), (text) => text + permissions);
  return { path };
}

function tangled(): object[] {
  const source = sourceOf("healthy");
  return [
    pluginObject("lonely", { source, dependsOn: [{ name: "nobody" }] }),
    pluginObject("egg", { source, dependsOn: [{ name: "hen" }] }),
    pluginObject("hen", { source, dependsOn: [{ name: "egg" }] }),
    pluginObject("beside", { source, dependsOn: [{ name: "healthy" }] }),
    fixturePlugin(home, "never-ready"),
    pluginObject("patient", { source, dependsOn: [{ name: "never-ready" }] }),
  ];
}

function sourceOf(name: string): { path: string } {
  return { path: join(home.root, "packages", name) };
}

describe("what is wrong with a package, and what to do, is told", () => {
  test.each([
    [
      "missing",
      [/PackageNotFound: .*packages\/missing: no such .*correct spec\.source\.path/, /^Try:  ls/m],
    ],
    [
      "broken",
      [
        /PackageInvalid: .*broken\/plugin\.yaml:\d+:\d+ runtme: unknown field.*did you mean "runtime"/,
        /^Try:  portunix validate -f .*broken\/plugin\.yaml/m,
      ],
    ],
    ["torn", [/PackageInvalid: .*torn\/plugin\.yaml:\d+:\d+: .*flow/]],
    [
      "no-program",
      [/LaunchFailed: .*main\.mjs of package no-program 1\.0\.0 does not exist.*build the package/],
    ],
    ["not-executable", [/LaunchFailed: .*not executable; in its source run: chmod \+x main\.mjs/]],
    [
      "too-old",
      [
        /VersionMismatch: .*healthy is version 1\.0\.0, but spec\.version asks for >=2\.0\.0; change/,
      ],
    ],
    [
      "set-wrongly",
      [
        /ConfigInvalid: .*endpoint.*/,
        /intervall/,
        /^Try:  portunix apply -f FILE .*get plugin set-wrongly/m,
      ],
    ],
    [
      "not-permitted",
      [
        /PermissionDenied: .*filesystem\.read \/proc/,
        /add under spec: permissions: \{filesystem: \{read: \[\/proc, \/sys\]\}, network: \{outbound: \["\*\.example\.com:443"\]\}\}/,
      ],
    ],
    [
      "lonely",
      [
        /DependencyMissing \(plugin\/nobody\): .*"nobody" does not exist; create it/,
        /^Try:  portunix apply/m,
      ],
    ],
    ["egg", [/DependencyCycle: .*a cycle of egg, hen; remove one/]],
    ["hen", [/DependencyCycle: .*a cycle of egg, hen; remove one/]],
    ["patient", [/DependencyNotReady \(plugin\/never-ready\)[^]*NOT_SERVING/]],
  ])("%s", async (name, wanted) => {
    await whySays(home, name, /(is stalled|is not ready)/, ...wanted, /^Next: /m);
    expect(conditionOf(await home.plugin(name), "Ready")?.status).toBe("False");
  });
});

test("a cycle marks exactly its members, and nobody else waits", async () => {
  await home.ready("beside");
  const marked = (await home.plugins()).filter(
    (plugin) => conditionOf(plugin, "Stalled")?.reason === "DependencyCycle",
  );
  expect(marked.map(({ metadata }) => metadata.name).toSorted()).toEqual(["egg", "hen"]);
});

test("none of this runs, and what ran before runs on in the same process", async () => {
  expect(await home.pid("healthy")).toBe(healthyPid);
  const ready = (await home.plugins()).filter(isReady).map(({ metadata }) => metadata.name);
  expect(ready.toSorted()).toEqual(["beside", "healthy"]);
});

describe("each is taken up again once it is mended", () => {
  test("in the package, with no further command", async () => {
    packageOf(home, "healthy", "missing");
    edit(join(sourceOf("broken").path, "plugin.yaml"), (text) => text.replace("runtme", "runtime"));
    edit(join(sourceOf("torn").path, "plugin.yaml"), (text) => text.replace("[1.0.0", "1.0.0"));
    writeFileSync(
      join(sourceOf("no-program").path, "main.mjs"),
      'import { servePlugin } from "./kit.mjs";\nawait servePlugin();\n',
    );
    chmodSync(join(sourceOf("not-executable").path, "main.mjs"), 0o755);
    for (const name of ["missing", "broken", "torn", "no-program", "not-executable"]) {
      await home.untilPlugin(name, isReady);
    }
  }, 90_000);

  test("in the manifest, the permission by the very YAML that the message shows", async () => {
    const why = await home.ok("why", "not-permitted");
    const grant = /add under spec: (permissions: .*)$/m.exec(why)?.[1] ?? "";
    const source = sourceOf("healthy");
    await home.apply(
      [
        pluginObject("not-permitted", { source: sourceOf("asking"), ...(parse(grant) as object) }),
        pluginObject("too-old", { source, version: ">=1.0.0" }),
        pluginObject("set-wrongly", { source: sourceOf("configured"), config: { endpoint: "x" } }),
        pluginObject("nobody", { source }),
        pluginObject("hen", { source }),
      ],
      "--wait",
    );
    for (const name of ["lonely", "egg"]) await home.untilPlugin(name, isReady);
    expect(await home.pid("healthy")).toBe(healthyPid);
  }, 60_000);
});

test("a plugin whose preferred port is taken gets another, and is Ready", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  try {
    const path = packageOf(home, "tcp-port");
    edit(join(path, "plugin.yaml"), (text) => text.replace(/port: \d+/, `port: ${port}`));
    await home.apply([pluginObject("tcp-port", { source: { path } })], "--wait");
    const [instance] = (await home.plugin("tcp-port")).status?.instances ?? [];
    expect(instance?.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(instance?.address).not.toBe(`127.0.0.1:${port}`);
  } finally {
    other.close();
  }
});

test("a directory that is no package says what one is", async () => {
  const path = join(home.root, "no-package");
  mkdirSync(path);
  await home.apply([pluginObject("no-package", { source: { path } })]);
  await whySays(
    home,
    "no-package",
    /PackageNotFound: .*no-package: holds no plugin\.yaml; name the/,
  );
});
