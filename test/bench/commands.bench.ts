import { join } from "node:path";
import { type BenchContext, type Figure, median } from "./figures.ts";
import { openHome, timeCommand } from "./home.ts";

const PLUGINS = 100;
const RUNS = 15;

/** Whole commands beside `node -e 0`, in turn, with 100 plugins running. */
export async function commandFigures(context: BenchContext): Promise<Figure[]> {
  const home = openHome(context);
  try {
    const manifest = home.manifest(PLUGINS);
    await home.portunix("apply", "-f", manifest, "--wait", "--timeout", "300s");
    const before = await home.pids();
    const env = { ...process.env, PORTUNIX_HOME: join(home.directory, "h") };
    const times = { node: [] as Times[], get: [] as Times[], apply: [] as Times[] };
    for (let run = 0; run <= RUNS; run += 1) {
      const node = timeCommand([process.execPath, "-e", "0"], env);
      const get = timeCommand([process.execPath, home.program, "get", "plugins"], env);
      const apply = timeCommand([process.execPath, home.program, "apply", "-f", manifest], env);
      // The first round warms the file cache.
      if (run > 0)
        [times.node, times.get, times.apply].forEach((list, index) =>
          list.push([node, get, apply][index] ?? node),
        );
    }
    const after = await home.pids();
    const changed = [...before].filter(([name, pid]) => after.get(name) !== pid).length;
    return [
      figure("get plugins, CPU", times.get, times.node, { of: "cpuMs", max: 1.7 }),
      figure("get plugins, wall", times.get, times.node, { of: "wallMs" }),
      figure(`no-op apply of ${PLUGINS}, wall`, times.apply, times.node, {
        of: "wallMs",
        max: 2.5,
      }),
      {
        name: "pids changed by the no-op applies",
        unit: "",
        value: changed,
        target: { kind: "value", max: 0 },
      },
    ];
  } finally {
    await home.close();
  }
}

interface Times {
  readonly wallMs: number;
  readonly cpuMs: number;
}

function figure(
  name: string,
  ours: readonly Times[],
  floor: readonly Times[],
  { of, max }: { readonly of: keyof Times; readonly max?: number },
): Figure {
  const value = median(ours.map((times) => times[of]));
  const base = { name, unit: "ms", value, floor: median(floor.map((times) => times[of])) };
  return max === undefined ? base : { ...base, target: { kind: "ratio", max } };
}
