import { availableParallelism, hostname, release, totalmem } from "node:os";
import type { NodeFacts } from "../../api/views/nodes.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** @param version - Of this program. */
export function nodeFacts(version: string): NodeFacts {
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    operatingSystem: process.platform,
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    kernelVersion: release(),
    hostname: hostname(),
    version: `v${version}`,
  };
}
