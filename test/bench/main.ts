import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { apiFigures } from "./api.bench.ts";
import { commandFigures } from "./commands.bench.ts";
import { type BenchContext, type Figure, printFigures } from "./figures.ts";
import { gitopsFigures } from "./gitops.bench.ts";
import { healFigures } from "./heal.bench.ts";
import { idleFigures } from "./idle.bench.ts";
import { planFigures } from "./plan.bench.ts";
import { startFigures } from "./start.bench.ts";

const BENCHES: Readonly<Record<string, (context: BenchContext) => Promise<Figure[]> | Figure[]>> = {
  plan: planFigures,
  start: startFigures,
  heal: healFigures,
  idle: idleFigures,
  commands: commandFigures,
  api: apiFigures,
  gitops: gitopsFigures,
};

/** Runs the benches named, or all of them; prints each figure and writes them as JSON. */
export async function main(options: {
  readonly names: readonly string[];
  readonly root: string;
  readonly temporary: string;
}): Promise<void> {
  const names = options.names.length > 0 ? options.names : Object.keys(BENCHES);
  const results: Record<string, Figure[]> = {};
  for (const name of names) {
    const bench = BENCHES[name];
    if (bench === undefined)
      throw new Error(`no bench "${name}"; there are: ${Object.keys(BENCHES).join(", ")}`);
    results[name] = await bench(options);
    printFigures(name, results[name]);
  }
  const directory = join(options.root, "bench-results");
  mkdirSync(directory, { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  const path = join(directory, `${new Date().toISOString().replaceAll(":", "-")}.json`);
  writeFileSync(path, `${JSON.stringify({ machine, results }, undefined, 2)}\n`);
  console.log(`\nwritten to ${path}`);
}
