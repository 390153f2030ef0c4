import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Packages that a file of ours brings in, with all that it imports; types count for nothing. */
function packagesOf(file: URL, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(file.href)) return packages;
  seen.add(file.href);
  const statements = readFileSync(file, "utf8").matchAll(
    /^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gms,
  );
  for (const [, specifier = ""] of statements) {
    const found = specifier.startsWith(".")
      ? packagesOf(new URL(specifier, file), seen)
      : [specifier];
    for (const name of found) packages.add(name);
  }
  return packages;
}

const api = new URL("../../../../src/api/", import.meta.url);

test("reading manifests loads the YAML parser, and no validator", () => {
  expect([...packagesOf(new URL("manifest/parse.ts", api))]).toEqual(["yaml"]);
});

test("only what validates loads the validator", () => {
  expect(packagesOf(new URL("manifest/check.ts", api))).toContain("ajv");
  for (const file of ["definitions.ts", "package-config.ts", "manifest/source-path.ts"])
    expect([...packagesOf(new URL(file, api))]).toEqual([]);
});
