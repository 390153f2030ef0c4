// Bundles the benches (TypeScript) and runs them: node test/bench/run.mjs [NAME ...]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const directory = mkdtempSync(join(here, ".run-"));
const outfile = join(directory, "main.mjs");
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
await build({
  entryPoints: [join(here, "main.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  outfile,
  logLevel: "warning",
});
const { main } = await import(pathToFileURL(outfile).href);
await main({
  names: process.argv.slice(2),
  root: dirname(dirname(here)),
  temporary: tmpdir(),
});
process.exit(0);
