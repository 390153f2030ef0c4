import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_MANIFEST_FILE } from "../../api/package-manifest.ts";
import { parsePackageManifest } from "../../api/package-manifest-parse.ts";
import { formatProblem } from "../../api/manifest/problem.ts";
import { errnoOf, PortunixError } from "../../base/errors.ts";

/** The name that the package in a directory gives itself. */
export function packageName(directory: string): string {
  const file = join(directory, PACKAGE_MANIFEST_FILE);
  const parsed = parsePackageManifest(read(file), file);
  if ("manifest" in parsed) return parsed.manifest.name;
  const lines = parsed.problems.map(formatProblem);
  throw new PortunixError("PackageInvalid", `${file} is not valid\n${lines.join("\n")}`);
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (thrown) {
    const isArchive = errnoOf(thrown) === "ENOTDIR";
    const next = isArchive ? "name the plugin with --name" : "a package is a directory with it";
    throw new PortunixError("PackageNotFound", `cannot read ${file}; ${next}`, { cause: thrown });
  }
}
