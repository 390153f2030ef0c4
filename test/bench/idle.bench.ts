import { type BenchContext, type Figure } from "./figures.ts";
import { cpuMsOf, openHome, rssMiBOf } from "./home.ts";

const PLUGINS = 100;
const SETTLE_MS = 15_000;
const WINDOW_MS = 30_000;

/** What the daemon costs while 100 plugins are well, with the default probes. */
export async function idleFigures(context: BenchContext): Promise<Figure[]> {
  const home = openHome(context);
  try {
    await home.portunix("apply", "-f", home.manifest(PLUGINS), "--wait", "--timeout", "300s");
    const pid = await home.daemonPid();
    await sleep(SETTLE_MS);
    const before = cpuMsOf(pid);
    const start = performance.now();
    await sleep(WINDOW_MS);
    const share = ((cpuMsOf(pid) - before) / (performance.now() - start)) * 100;
    return [
      {
        name: `daemon CPU, ${PLUGINS} healthy plugins`,
        unit: "% of a core",
        value: share,
        target: { kind: "value", max: 2 },
      },
      {
        name: `daemon RSS, ${PLUGINS} healthy plugins`,
        unit: "MiB",
        value: rssMiBOf(pid),
        target: { kind: "value", max: 120 },
      },
    ];
  } finally {
    await home.close();
  }
}

/** A bench measures over a time; tests never wait like this. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
