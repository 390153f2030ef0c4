import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type E2eHome, PROGRAM, pluginObject, REPOSITORY } from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";

const FIXTURES = join(REPOSITORY, "test/fixtures");

/** A copy of a fixture's package beside the home, that the test may change. @returns Its directory. */
export function packageOf(home: E2eHome, fixture: string, name: string = fixture): string {
  const directory = join(home.root, "packages", name);
  mkdirSync(directory, { recursive: true });
  cpSync(join(FIXTURES, "plugins", fixture), directory, { recursive: true });
  copyFileSync(join(FIXTURES, "kit/plugin-server.mjs"), join(directory, "kit.mjs"));
  edit(join(directory, "plugin.yaml"), (text) => text.replace(/^name: .*$/m, `name: ${name}`));
  return directory;
}

export function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

/** A Plugin of the fixture's package. */
export function fixturePlugin(home: E2eHome, fixture: string, spec: object = {}): object {
  return pluginObject(fixture, { source: { path: packageOf(home, fixture) }, ...spec });
}

/** Waits until `portunix why` says all of this of the plugin, and gives all that it says. */
export function whySays(
  home: E2eHome,
  name: string,
  ...wanted: readonly RegExp[]
): Promise<string> {
  return eventually(async () => {
    const text = await home.ok("why", name);
    for (const pattern of wanted) expect(text).toMatch(pattern);
    return text;
  }, 40_000);
}

/** Runs the CLI on a terminal of its own, and gives all that this terminal was sent. */
export function runOnTerminal(
  home: E2eHome,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    /** Once this was printed, Ctrl-C is pressed. */
    readonly interruptAt?: RegExp;
  } = {},
): Promise<{ readonly status: number | null; readonly output: string }> {
  const { NO_COLOR: _, ...environment } = home.environment();
  const command = [process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(" ");
  return new Promise((resolve, reject) => {
    const terminal = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: home.root,
      env: { ...environment, TERM: "xterm", ...options.env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    let isInterrupted = false;
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (isInterrupted || options.interruptAt?.test(output) !== true) return;
      isInterrupted = true;
      terminal.stdin.write("\u0003");
    });
    terminal.on("error", reject);
    terminal.on("close", (status) => resolve({ status, output }));
  });
}
