import { availableParallelism } from "node:os";
import { join } from "node:path";
import { BareParent } from "./bare-parent.ts";
import { type BenchContext, type Figure, median } from "./figures.ts";
import { openHome } from "./home.ts";

const RUNS = 3;

/** From nothing running to all Ready: `portunix apply --wait`, beside a bare parent of the same processes. */
export async function startFigures(context: BenchContext): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of [20, 100]) {
    const ours: number[] = [];
    const floors: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      floors.push(await floorMs(context, count));
      ours.push(await applyMs(context, count));
    }
    const figure = {
      name: `start ${count} plugins, all Ready`,
      unit: "ms",
      value: median(ours),
      floor: median(floors),
    };
    figures.push(count === 100 ? { ...figure, target: { kind: "ratio", max: 1.3 } } : figure);
  }
  return figures;
}

async function applyMs(context: BenchContext, count: number): Promise<number> {
  const home = openHome(context);
  try {
    const manifest = home.manifest(count);
    await home.portunix("daemon", "start");
    const start = performance.now();
    await home.portunix("apply", "-f", manifest, "--wait", "--timeout", "300s");
    return performance.now() - start;
  } finally {
    await home.close();
  }
}

async function floorMs(context: BenchContext, count: number): Promise<number> {
  const home = openHome(context);
  const parent = new BareParent(home.packageDir, join(home.directory, "floor"));
  try {
    const start = performance.now();
    await parent.startAll(count, availableParallelism());
    return performance.now() - start;
  } finally {
    await parent.close();
    await home.close().catch(() => {});
  }
}
