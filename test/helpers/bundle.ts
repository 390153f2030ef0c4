import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as bundle, type Plugin } from "esbuild";
import { tempDir } from "./temp-dir.ts";

/**
 * Makes one file of a TypeScript program and what it imports of ours, that any Node can run by
 * path; gone when the test ends. Packages stay where they are.
 *
 * @param entry - Absolute path of the program.
 * @returns Absolute path of an ES module.
 */
export async function bundleForNode(entry: string): Promise<string> {
  const outfile = join(tempDir(), "program.mjs");
  await bundle({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: "inline",
    logLevel: "silent",
    plugins: [packagesInPlace],
  });
  return outfile;
}

/** A file outside of the repository finds no node_modules: packages are imported by their place. */
const packagesInPlace: Plugin = {
  name: "packages-in-place",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === packagesInPlace || path.startsWith("node:") || kind === "entry-point")
        return undefined;
      const found = await build.resolve(path, { kind, resolveDir, pluginData: packagesInPlace });
      if (found.errors.length > 0 || found.external) return found;
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};
