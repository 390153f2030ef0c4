import { request } from "node:http";
import { join } from "node:path";
import { BareParent } from "./bare-parent.ts";
import { type BenchContext, type Figure, median } from "./figures.ts";
import { openHome } from "./home.ts";

const KILLS = 15;

/** kill -9 of a plugin until its object is Ready again with another pid, beside a bare parent that respawns. */
export async function healFigures(context: BenchContext): Promise<Figure[]> {
  const home = openHome(context);
  const parent = new BareParent(home.packageDir, join(home.directory, "floor"));
  try {
    await home.portunix("apply", "-f", home.manifest(KILLS), "--wait", "--timeout", "120s");
    await parent.startAll(KILLS, 2);
    const socket = join(home.directory, "h", "run", "api.sock");
    const pids = await home.pids();
    const ours: number[] = [];
    const floors: number[] = [];
    // Each plugin is killed once, so that every restart is a first one: immediate.
    for (let index = 0; index < KILLS; index += 1) {
      floors.push(await timed(() => parent.heal(index)));
      ours.push(await timed(() => kill(socket, `p-${index}`, pids.get(`p-${index}`) ?? 0)));
    }
    return [
      {
        name: "kill -9 -> Ready again",
        unit: "ms",
        value: median(ours),
        floor: median(floors),
        target: { kind: "ratio", max: 1.3 },
      },
    ];
  } finally {
    await parent.close();
    await home.close();
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

interface WatchedPlugin {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly instances?: readonly { readonly pid?: number; readonly ready: boolean }[];
  };
}

/** Watches the object, kills its process, and returns when another one is ready. */
function kill(socketPath: string, name: string, pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = `/apis/portunix.ai/v1alpha1/namespaces/default/plugins?watch=true&fieldSelector=metadata.name%3D${name}`;
    const watch = request({ socketPath, path }, (response) => {
      let text = "";
      let isKilled = false;
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          const { object } = JSON.parse(line) as { object: WatchedPlugin };
          const instance = object.status?.instances?.[0];
          if (!isKilled && instance?.ready === true && instance.pid === pid) {
            isKilled = true;
            process.kill(pid, "SIGKILL");
          } else if (isKilled && instance?.ready === true && instance.pid !== pid) {
            watch.destroy();
            resolve();
          }
        }
      });
    });
    watch.on("error", reject);
    watch.end();
  });
}
