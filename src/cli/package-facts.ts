import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The directory that holds package.json. The bundle is two levels below it, as this file is. */
export const PACKAGE_ROOT = join(import.meta.dirname, "..", "..");

/** Put in by the build, so that nothing is read at the start of a command. */
declare const PORTUNIX_VERSION: string | undefined;

export const VERSION: string =
  typeof PORTUNIX_VERSION === "string" ? PORTUNIX_VERSION : versionFromPackage();

function versionFromPackage(): string {
  const text = readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

declare const PORTUNIX_BUILD_ID: string | undefined;

/** Tells one build from another, where what one wrote must not be read by the next. */
export const BUILD_ID: string =
  typeof PORTUNIX_BUILD_ID === "string" ? PORTUNIX_BUILD_ID : "unbuilt";
