// Makes a checkout ready from nothing but Node and npm, then runs the command it was given:
// installs when node_modules does not fit package-lock.json, builds when a source has changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILD_INPUTS = [".ci/build.mjs", "package.json", "tsconfig.json", "src", "proto", "examples"];

ensure("node_modules/.portunix-stamp", ["package-lock.json"], process.version, () => {
  console.error("portunix: installing dependencies (npm ci), once");
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /\.[cm]?js$/.test(npm);
  if (isScript) run(process.execPath, [npm, "ci", "--no-audit", "--no-fund"]);
  else run("npm", ["ci", "--no-audit", "--no-fund"]);
});
ensure("dist/.portunix-stamp", BUILD_INPUTS, process.version, () => {
  run(process.execPath, [join(root, ".ci/build.mjs")]);
});

const [command, ...args] = process.argv.slice(2);
if (command !== undefined) run(command === "node" ? process.execPath : command, args);

/** Runs `make` unless the stamp says that it has been done for just these inputs. */
function ensure(stamp, inputs, salt, make) {
  const path = join(root, stamp);
  const digest = digestOf(inputs, salt);
  if (existsSync(path) && readFileSync(path, "utf8") === digest) return;
  make();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, digest);
}

function digestOf(inputs, salt) {
  const hash = createHash("sha256").update(salt);
  for (const file of inputs.flatMap((input) => filesOf(join(root, input)))) {
    hash.update(`\0${file}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return [path];
  }
  return entries
    .filter(({ name }) => name !== "dist" && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)],
    );
}

function run(file, args) {
  const bin = join(root, "node_modules", ".bin");
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  const { status, signal, error } = spawnSync(file, args, { cwd: root, env, stdio: "inherit" });
  if (error !== undefined) {
    console.error(`portunix: cannot run ${file}: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}
