import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { kubectls } from "../helpers/kube-tools.ts";
import { openApiHome, type ApiHome } from "./api-home.ts";
import { startBareServer } from "./bare-server.ts";
import { type BenchContext, type Figure, median } from "./figures.ts";
import { timeCommand } from "./home.ts";
import { fanOutFigure } from "./watch-fan-out.ts";

const PLUGINS = 1000;
const LIST_RUNS = 40;
const RATE_ROUNDS = 5;
const RATE_REQUESTS = 4000;
const ONES_AT_ONCE = 16;
const COMMAND_RUNS = 15;
const APPLIED = [10, 100, 1000];
const PATH = "/apis/portunix.ai/v1alpha1/namespaces/default/plugins";

/** The API beside a bare node:http server that sends the same bytes, and kubectl beside itself. */
export async function apiFigures(context: BenchContext): Promise<Figure[]> {
  const home = await openApiHome(context);
  try {
    const figures = kubectls().map(({ file, title }) => applyFigures(home, file, title));
    await home.fill(PLUGINS);
    return [
      await listFigure(home),
      await singleFigure(home),
      await fanOutFigure(home.socketPath),
      ...kubectls().map(({ file, title }) => getFigure(home, file, title)),
      ...figures.flat(),
    ];
  } finally {
    await home.close();
  }
}

async function listFigure(home: ApiHome): Promise<Figure> {
  const bare = await startBareServer(home.directory, await get(home.socketPath, PATH));
  const times = { ours: [] as number[], bare: [] as number[] };
  try {
    for (let run = 0; run < LIST_RUNS; run += 1) {
      times.ours.push(await timeOf(() => get(home.socketPath, PATH)));
      times.bare.push(await timeOf(() => get(bare.socketPath, PATH)));
    }
  } finally {
    bare.close();
  }
  return {
    name: `GET list of ${PLUGINS} plugins`,
    unit: "ms",
    value: median(times.ours),
    floor: median(times.bare),
    target: { kind: "ratio", max: 3 },
  };
}

/** At least a quarter of the bare server's rate is at most four times its time per request. */
async function singleFigure(home: ApiHome): Promise<Figure> {
  const path = `${PATH}/p-0`;
  const bare = await startBareServer(home.directory, await get(home.socketPath, path));
  const times = { ours: [] as number[], bare: [] as number[] };
  const round = (socketPath: string) => timeOf(() => getMany(socketPath, path));
  try {
    for (let run = 0; run <= RATE_ROUNDS; run += 1) {
      const [ours, theirs] = [await round(home.socketPath), await round(bare.socketPath)];
      // The first round warms both up.
      if (run > 0)
        [times.ours, times.bare].forEach((list, at) => list.push([ours, theirs][at] ?? 0));
    }
  } finally {
    bare.close();
  }
  return {
    name: "GET of one plugin, time per request at full rate",
    unit: "us",
    value: (median(times.ours) / RATE_REQUESTS) * 1000,
    floor: (median(times.bare) / RATE_REQUESTS) * 1000,
    target: { kind: "ratio", max: 4 },
  };
}

/** With the discovery cache warm, beside the same program that asks nobody. */
function getFigure(home: ApiHome, kubectl: string, title: string): Figure {
  timeCommand([kubectl, "apply", "-f", home.manifest(10, "small")], home.env);
  const times = { get: [] as number[], version: [] as number[] };
  for (let run = 0; run <= COMMAND_RUNS; run += 1) {
    const version = timeCommand([kubectl, "version", "--client"], home.env).wallMs;
    const got = timeCommand([kubectl, "get", "plugins", "-n", "small"], home.env).wallMs;
    if (run > 0)
      [times.get, times.version].forEach((list, at) => list.push([got, version][at] ?? 0));
  }
  return {
    name: `${title} get plugins, beside version --client`,
    unit: "ms",
    value: median(times.get),
    floor: median(times.version),
    target: { kind: "ratio", max: 1.3 },
  };
}

/** Per object, beside a tenth of them: growth that is no worse than linear keeps this ratio at 1. */
function applyFigures(home: ApiHome, kubectl: string, title: string): Figure[] {
  const perObject = APPLIED.map((count) => {
    const file = home.manifest(count, "small");
    const { wallMs } = timeCommand([kubectl, "apply", "-f", file], home.env);
    timeCommand([kubectl, "delete", "namespace", "small"], home.env);
    timeCommand([kubectl, "create", "namespace", "small"], home.env);
    return { count, wallMs };
  });
  return perObject.map(({ count, wallMs }, index) => {
    const smaller = perObject[index - 1];
    const base = {
      name: `${title} apply of ${count}`,
      unit: "ms per object",
      value: wallMs / count,
    };
    if (smaller === undefined) return base;
    const floor = smaller.wallMs / smaller.count;
    return { ...base, floor, target: { kind: "ratio", max: 1 } };
  });
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const agent = new Agent({ keepAlive: true, maxSockets: ONES_AT_ONCE });

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent }, (response) => {
      if (response.statusCode === 200) text(response).then(resolve, reject);
      else reject(new Error(`${path}: ${response.statusCode}`));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function getMany(socketPath: string, path: string): Promise<void> {
  let left = RATE_REQUESTS;
  const ask = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await get(socketPath, path);
    }
  };
  await Promise.all(Array.from({ length: ONES_AT_ONCE }, ask));
}
