import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A real client of Kubernetes that nobody here wrote. */
export interface KubeTool {
  /** What tests are called by: "kubectl v1.35.2". */
  readonly title: string;
  readonly file: string;
}

const OLDEST_MINOR = 27;

/** Where .ci/fetch-kubectl.mjs puts kubectl and helm. */
const cache = process.env["PORTUNIX_KUBECTL_CACHE"] ?? join(homedir(), ".cache", "portunix-ci");

/** The one on PATH when it is new enough, and the cached one; none of a version twice. */
export function kubectls(): readonly KubeTool[] {
  const found = ["kubectl", join(cache, "kubectl", "kubectl")].flatMap((file) => {
    const version = outputOf(file, ["version", "--client"]);
    const [, name = "", minor = "0"] = /Client Version: (v1\.(\d+)\S*)/.exec(version) ?? [];
    return Number(minor) >= OLDEST_MINOR ? [{ title: `kubectl ${name}`, file }] : [];
  });
  return found.filter(
    ({ title }, index) => found.findIndex((one) => one.title === title) === index,
  );
}

export function helms(): readonly KubeTool[] {
  return [join(cache, "helm", "helm"), "helm"]
    .flatMap((file) => {
      const version = outputOf(file, ["version", "--short"]);
      return /^v[4-9]\./.test(version) ? [{ title: `helm ${version.trim()}`, file }] : [];
    })
    .slice(0, 1);
}

function outputOf(file: string, args: readonly string[]): string {
  if (file.includes("/") && !existsSync(file)) return "";
  return spawnSync(file, args, { encoding: "utf8", timeout: 30_000 }).stdout ?? "";
}
