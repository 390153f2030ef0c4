import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allDefinitions } from "../../src/api/definitions.ts";
import type { SourceSnapshot } from "../../src/api/source-snapshot.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { DirectorySource } from "../../src/sources/directory-source.ts";
import { createParser } from "../../src/sources/parse-file.ts";

export interface SourceFigures {
  readonly files: number;
  /** From start() to the first snapshot. */
  readonly readyMs: number;
  readonly rssMiB: number;
  /** From a write to its snapshot. */
  readonly latencyMs: { readonly median: number; readonly max: number };
  /** Of one core, over `idleSeconds` in which nothing happens but safety rescans. */
  readonly idleCpuPercent: number;
  readonly idleSeconds: number;
}

const WRITES = 15;
const FILES_PER_DIRECTORY = 100;

/** Write to snapshot at 100 files, and idle cost at 10,000. Run it in a process of its own. */
export async function benchSources(idleSeconds = 45): Promise<readonly SourceFigures[]> {
  return [await benchDirectory(100, 2), await benchDirectory(10_000, idleSeconds)];
}

async function benchDirectory(files: number, idleSeconds: number): Promise<SourceFigures> {
  const directory = mkdtempSync(join(tmpdir(), "ptx-bench-"));
  let onSnapshot: (snapshot: SourceSnapshot) => void = () => {};
  const source = new DirectorySource({
    directory,
    clock: systemClock,
    logger: silentLogger,
    parse: createParser(allDefinitions),
    onSnapshot: (snapshot) => onSnapshot(snapshot),
  });
  try {
    for (let index = 0; index < files; index += 1) write(directory, index, 1);
    const startedMs = performance.now();
    await source.start();
    const readyMs = performance.now() - startedMs;
    const latencies: number[] = [];
    for (let count = 0; count < WRITES; count += 1) {
      await pause(250);
      const seen = new Promise<void>((resolve) => (onSnapshot = () => resolve()));
      const atMs = performance.now();
      write(directory, count * 7, count + 2);
      await seen;
      latencies.push(performance.now() - atMs);
    }
    await pause(1_000);
    const before = process.cpuUsage();
    await pause(idleSeconds * 1_000);
    const { user, system } = process.cpuUsage(before);
    const sorted = latencies.toSorted((a, b) => a - b);
    return {
      files,
      readyMs: Math.round(readyMs),
      rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
      latencyMs: {
        median: Math.round(sorted[WRITES >> 1] ?? 0),
        max: Math.round(sorted.at(-1) ?? 0),
      },
      idleCpuPercent: Math.round(((user + system) / 1_000 / (idleSeconds * 1_000)) * 10_000) / 100,
      idleSeconds,
    };
  } finally {
    await source.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function write(directory: string, index: number, replicas: number): void {
  const folder = join(directory, `d${Math.floor(index / FILES_PER_DIRECTORY)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `p${index}.yaml`),
    `apiVersion: portunix.ai/v1alpha1
kind: Plugin
metadata:
  name: p${index}
spec:
  source: {path: ./plugins/p${index}}
  replicas: ${replicas}
`,
  );
}

/** The clock's own timers would let the process end meanwhile. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
