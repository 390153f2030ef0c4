// Bundles the CLI, the daemon and the examples' plugins, and makes the CLI's V8 code cache.
//
//   dist/bin/portunix.cjs     the executable: loads the CLI with its code cache
//   dist/cli/portunix.cjs     oclif and every command
//   dist/cli/<chunk>.cjs      what most commands do without: yaml, ajv, help
//   dist/daemon.mjs           the daemon; its dependencies stay in node_modules
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

/** Modules that the CLI loads by `import()` from a file of their own. */
const CHUNKS = [
  "src/api/manifest/parse.ts",
  "src/cli/validate/check-offline.ts",
  "src/cli/plugin/package-name.ts",
  "src/cli/output/to-yaml.ts",
  "src/cli/explain/built-in-kinds.ts",
  "src/cli/all-commands.ts",
];
const DAEMON = "src/daemon/run-daemon.ts";

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  logLevel: "warning",
  legalComments: "none",
  define: {
    PORTUNIX_VERSION: JSON.stringify(manifest.version),
    PORTUNIX_BUILD_ID: JSON.stringify(Date.now().toString(36)),
  },
};

/** `import()` of a chunk becomes `require` of its file, which the executable loads from the code cache. */
const lazyChunks = {
  name: "lazy-chunks",
  setup(builder) {
    builder.onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const file = join(resolveDir, path);
      if (file === join(root, DAEMON)) return { path: "./daemon.cjs", namespace: "chunk" };
      if (!CHUNKS.some((chunk) => file === join(root, chunk))) return undefined;
      return { path: `./${basename(file, ".ts")}.cjs`, namespace: "chunk" };
    });
    builder.onLoad({ filter: /.*/, namespace: "chunk" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
    const external = ({ path }) => ({ path, external: true });
    builder.onResolve({ filter: /.*/, namespace: "chunk" }, external);
  },
};

// Built aside and swapped in, so that a command run meanwhile finds the old files or the new ones.
const staging = join(root, "node_modules", ".cache", `portunix-${process.pid}`);
const dist = join(root, "dist");
try {
  await Promise.all([buildCli(), buildDaemon(), buildExecutable(), buildExamples()]);
  await makeCodeCache();
  await rm(dist, { recursive: true, force: true });
  await rename(staging, dist);
} finally {
  await rm(staging, { recursive: true, force: true });
}

async function buildCli() {
  const chunks = CHUNKS.filter((chunk) => existsSync(join(root, chunk)));
  const entries = [...chunks, "src/cli/main.ts"];
  await Promise.all(
    entries.map((entry) =>
      build({
        ...common,
        entryPoints: [entry],
        outfile: join(
          staging,
          "cli",
          `${entry.endsWith("main.ts") ? "portunix" : basename(entry, ".ts")}.cjs`,
        ),
        format: "cjs",
        minifySyntax: true,
        minifyWhitespace: true,
        plugins: [lazyChunks],
        define: { ...common.define, "import.meta.dirname": "__dirname" },
        // Reached from oclif only for commands written in TypeScript.
        external: ["typescript", "ts-node", "tsx", "tsconfig-paths"],
      }),
    ),
  );
}

async function buildDaemon() {
  // V8's cached code cannot call `import()`, so the step from it to an ES module is a file of its own.
  const step =
    'exports.runDaemon = async (options) => (await import("../daemon.mjs")).runDaemon(options);';
  await mkdir(join(staging, "cli"), { recursive: true });
  await writeFile(join(staging, "cli/daemon.cjs"), `${step}\n`);
  await build({
    ...common,
    entryPoints: [DAEMON],
    outfile: join(staging, "daemon.mjs"),
    format: "esm",
    packages: "external",
    sourcemap: true,
  });
}

async function buildExecutable() {
  await mkdir(join(staging, "bin"), { recursive: true });
  const target = join(staging, "bin/portunix.cjs");
  await writeFile(target, await readFile(join(root, "src/cli/bin.cjs")));
  await chmod(target, 0o755);
}

async function buildExamples() {
  const plugins = join(root, "examples/plugins");
  const names = existsSync(plugins) ? await readdir(plugins) : [];
  for (const name of names) {
    const entry = join(plugins, name, "src/main.ts");
    if (!existsSync(entry)) continue;
    await build({
      ...common,
      entryPoints: [entry],
      outfile: join(plugins, name, "dist/main.mjs"),
      format: "esm",
      loader: { ".proto": "text" },
      // CommonJS dependencies inside an ES module still call `require`.
      banner: {
        js: 'import { createRequire as portunixRequire } from "node:module"; const require = portunixRequire(import.meta.url);',
      },
    });
  }
}

/** Runs the CLI once in a process of its own, which then writes down what V8 has compiled. */
async function makeCodeCache() {
  const child = spawn(
    process.execPath,
    [join(root, ".ci/code-cache.cjs"), join(staging, "cli"), join(dist, "cli")],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const code = await new Promise((done) => child.on("exit", done));
  if (code !== 0) throw new Error(`the code cache was not made: exit ${code}`);
}
