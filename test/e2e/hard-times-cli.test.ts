import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type CliResult, E2eHome, kill, PROGRAM, pluginObject } from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";
import { startApiOnlyDaemon } from "./api-only-daemon.ts";
import { fixturePlugin, packageOf, runOnTerminal } from "./hard-times-kit.ts";

const ESCAPE = "\u001B";

const home = new E2eHome(afterAll);

beforeAll(async () => {
  await home.apply([fixturePlugin(home, "healthy")], "--wait");
});

describe("a command that is wrong says so, and what to type instead", () => {
  test.each([
    [["frobnicate"], 2, /^Error: there is no command "frobnicate"; see: portunix --help/],
    [["aply", "-f", "x"], 2, /^Error: .*"aply"; did you mean: portunix apply/],
    [["plugin", "strat", "healthy"], 2, /^Error: .*did you mean: portunix plugin start/],
    [["get", "plugins", "--wathc"], 2, /^Error: .*--wathc[^]*See: portunix get --help/],
    [["get", "plugins", "-o", "xml"], 2, /^Error: .*xml[^]*table/],
    [["get", "plugns"], 2, /^Error: there is no resource type "plugns"; did you mean "plugins"/],
    [["get"], 2, /^Error: name a type, such as: plugins/],
    [["wait", "plugin/healthy", "--for", "Ready"], 2, /--for=Ready: must be condition=Ready/],
    [["wait", "plugin/healthy", "--timeout", "soon"], 2, /"soon" is no duration.*30s/],
    [["get", "plugin", "nobody"], 66, /^Error: .*"nobody" not found; see: portunix get plugins$/m],
    [["describe", "plugin", "nobody"], 66, /"nobody" not found/],
    [["why", "nobody"], 66, /nobody/],
    [["logs", "nobody"], 66, /"nobody" not found/],
    [["wait", "plugin/nobody"], 66, /"nobody" not found/],
    [["delete", "plugin", "nobody"], 66, /"nobody" not found/],
    [["plugin", "start", "nobody"], 66, /"nobody" not found/],
    [["plugin", "install", "/nowhere"], 66, /\/nowhere\/plugin\.yaml; a package is a directory/],
  ])("%j", async (args, status, said) => {
    const result = await home.run(args);
    expect(result.stderr).toMatch(said);
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status, stdout: "" });
  });
});

describe("a name that would lead elsewhere is refused", () => {
  test.each(["../../etc/passwd", "..", "%2e%2e", "a\u0000b".slice(0, 1) + "\n", "-rf", "A B"])(
    "%j",
    async (name) => {
      for (const args of [
        ["get", "plugin", "--", name],
        ["logs", "--", name],
        ["delete", "plugin", "--", name],
      ]) {
        const { status, stdout, stderr } = await home.run(args);
        expect([2, 66], stderr).toContain(status);
        expect(stdout).toBe("");
        expect(stderr).toMatch(/^Error: /);
      }
    },
  );

  test("also where it stands in a manifest", async () => {
    for (const name of ["..", "../x", "a/b"]) {
      const path = home.manifest(pluginObject(name, { source: { path: "/p" } }));
      const { status, stderr } = await home.run(["apply", "-f", path]);
      expect(status).toBe(65);
      expect(stderr).toMatch(/manifest\.yaml:4:9 metadata\.name: /);
    }
  });
});

test("delete --ignore-not-found takes what is not there for deleted", async () => {
  const result = await home.run(["delete", "plugin", "nobody", "--ignore-not-found"]);
  expect(result).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a reader that closes early ends a command quietly", async () => {
  const command = `exec "$0" "$1" get plugins -o yaml | head -0; echo "\${PIPESTATUS[0]}"`;
  const child = spawn("bash", ["-c", command, process.execPath, PROGRAM], {
    env: home.environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(await resultOf(child)).toEqual({ status: 0, stdout: "0\n", stderr: "" });
});

test("a result that cannot be written is an error", async () => {
  const child = spawn(
    "bash",
    ["-c", 'exec "$0" "$1" get plugins >/dev/full', process.execPath, PROGRAM],
    {
      env: home.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const { status, stderr } = await resultOf(child);
  expect(stderr).toMatch(/^Error: cannot write to standard output: ENOSPC/);
  expect(status).toBe(74);
});

test("colours come on a terminal alone, and not with NO_COLOR", async () => {
  const [terminal, without, piped] = await Promise.all([
    runOnTerminal(home, ["status"]),
    runOnTerminal(home, ["status"], { env: { NO_COLOR: "1" } }),
    home.run(["status"], { env: { NO_COLOR: "" } }),
  ]);
  expect(terminal.output).toContain(`${ESCAPE}[32m`);
  expect(without.output).not.toContain(ESCAPE);
  expect(piped.stdout).not.toContain(ESCAPE);
  expect(terminal.output).toContain("plugin/healthy");
});

describe("waiting", () => {
  test("0 when met, 1 when it has failed for good, 3 when time is up", async () => {
    const missing = pluginObject("missing", { source: { path: "/nowhere" } });
    await home.apply([missing, fixturePlugin(home, "never-ready")]);
    const [met, failed, late] = await Promise.all([
      home.run(["wait", "plugin/healthy"]),
      home.run(["wait", "plugin/missing", "--timeout", "30s"]),
      home.run(["wait", "plugin/never-ready", "--timeout", "4s"]),
    ]);
    expect(met).toEqual({ status: 0, stdout: "plugin/healthy condition met\n", stderr: "" });
    expect(failed?.status).toBe(1);
    expect(failed?.stderr).toMatch(
      /^Error: plugin\/missing failed: .*\/nowhere.*see: portunix why/m,
    );
    expect(late?.status).toBe(3);
    expect(late?.stderr).toMatch(
      /^Error: plugin\/never-ready timed out: .*NOT_SERVING; see: portunix why never-ready/m,
    );
    await home.ok("delete", "plugin", "missing", "never-ready");
  });

  test("Ctrl-C during apply --wait gives the terminal back, and what was applied stays", async () => {
    const path = home.manifest(fixturePlugin(home, "never-ready"));
    const { status, output } = await runOnTerminal(home, ["apply", "-f", path, "--wait"], {
      interruptAt: /Starting/,
    });
    expect(status).toBe(130);
    expect(output).toContain(`${ESCAPE}[?25l`);
    expect(output.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(
      output.lastIndexOf(`${ESCAPE}[?25l`),
    );
    const names = (await home.plugins()).map(({ metadata }) => metadata.name);
    expect(names).toContain("never-ready");
    await home.ok("delete", "plugin", "never-ready");
  });

  test("without a terminal SIGINT ends it, and no escape sequence is written", async () => {
    const path = home.manifest(fixturePlugin(home, "never-ready"));
    const child = home.spawn(["apply", "-f", path, "--wait"]);
    const result = resultOf(child);
    let said = "";
    child.stderr?.on("data", (text: string) => (said += text));
    await eventually(() => expect(said).toContain("Starting"));
    child.kill("SIGINT");
    const { stderr } = await result;
    // Ended by the signal itself, which a shell tells as 130.
    expect(child.signalCode).toBe("SIGINT");
    expect(stderr).not.toContain(ESCAPE);
    await home.ok("delete", "plugin", "never-ready");
  });
});

describe("status --exit-code tells by its worst plugin", () => {
  const codeOf = async (): Promise<number | null> =>
    (await home.run(["status", "--exit-code"])).status;

  test("0 converged, 13 progressing, 12 degraded, 14 stalled", async () => {
    expect(await codeOf()).toBe(0);
    await home.apply([fixturePlugin(home, "never-ready")]);
    await eventually(async () => expect(await codeOf()).toBe(13));
    await home.ok("delete", "plugin", "never-ready");
    await home.apply([fixturePlugin(home, "exits-at-once")]);
    await eventually(async () => expect(await codeOf()).toBe(12), 30_000);
    await home.apply([pluginObject("missing", { source: { path: "/nowhere" } })]);
    await eventually(async () => expect(await codeOf()).toBe(14));
    await home.ok("delete", "plugin", "missing", "exits-at-once");
    expect(await codeOf()).toBe(0);
  });

  test("10 pending, while no controller has looked at the newest spec", async () => {
    const other = new E2eHome();
    const daemon = await startApiOnlyDaemon(other.directory);
    onTestFinished(() => daemon.close());
    await other.apply([pluginObject("healthy", { source: { path: "/nowhere" } })]);
    const { status, stdout } = await other.run(["status", "--exit-code"]);
    expect(stdout).toMatch(/plugin\/healthy .*Pending .*has not been looked at yet/);
    expect(status).toBe(10);
  });

  test("2 for wrong usage and where no daemon can be asked", async () => {
    const other = new E2eHome();
    expect((await home.run(["status", "--exit-cod"])).status).toBe(2);
    const none = await other.run(["status", "--exit-code"], { env: { PORTUNIX_AUTOSTART: "0" } });
    expect(none.stderr).toMatch(
      /^Error: no daemon is running for .*start one with: portunix daemon/,
    );
    expect(none.status).toBe(2);
  });
});

test("15 when a directory holds a bad document, and its last good spec stays in force", async () => {
  const other = new E2eHome();
  const directory = `${other.root}/manifests`;
  const text = `apiVersion: portunix.ai/v1alpha1\nkind: Plugin\nmetadata: {name: healthy}\nspec:\n  source: {path: ${packageOf(other, "healthy")}}\n`;
  other.write("manifests/a.yaml", text);
  await other.startDaemon("--manifests", directory);
  await eventually(async () => expect((await other.run(["status", "--exit-code"])).status).toBe(0));
  const pid = await other.pid("healthy");
  other.write("manifests/a.yaml", `${text}  replcas: 2\n`);
  await eventually(async () =>
    expect((await other.run(["status", "--exit-code"])).status).toBe(15),
  );
  expect(await other.ok("status")).toMatch(/a\.yaml:6:3.*replcas/);
  expect(await other.ok("why", "healthy")).toMatch(/is ready[^]*last good spec.*a\.yaml:6:3/);
  expect(await other.pid("healthy")).toBe(pid);
  await kill(await other.daemonPid(), "SIGTERM");
});

function resultOf(child: ReturnType<typeof spawn>): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
