import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp-dir.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url).pathname;

export interface FixturePackageOptions {
  readonly version?: string;
  readonly name?: string;
  /** Made there instead, and then it is the caller's to remove. */
  readonly into?: string;
}

/**
 * A package of its own made from `test/fixtures/plugins/<fixture>`: plugin.yaml, main.mjs and the
 * kit. Gone when the test ends.
 */
export function fixturePackage(fixture: string, options: FixturePackageOptions = {}): string {
  const directory = options.into ?? tempDir();
  cpSync(join(FIXTURES, "plugins", fixture), directory, { recursive: true });
  copyFileSync(join(FIXTURES, "kit/plugin-server.mjs"), join(directory, "kit.mjs"));
  const manifest = join(directory, "plugin.yaml");
  const text = readFileSync(manifest, "utf8")
    .replace(/^name: .*$/m, (line) => (options.name === undefined ? line : `name: ${options.name}`))
    .replace(/^version: .*$/m, (line) =>
      options.version === undefined ? line : `version: ${options.version}`,
    );
  writeFileSync(manifest, text);
  return directory;
}
