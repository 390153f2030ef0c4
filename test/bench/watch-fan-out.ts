import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Figure } from "./figures.ts";

const WATCHERS = 100;
const CHANGES = 200;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

/** From the moment that a change is sent until the last of those who watch has it, at p99. */
export async function fanOutFigure(socketPath: string): Promise<Figure> {
  await write(socketPath, "POST", CONFIG_MAPS, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "watched" },
  });
  const [alone, together] = [[] as number[], [] as number[]];
  // In turn, so that what else the machine does falls on both.
  for (let round = 0; round < 4; round += 1) {
    alone.push(...(await latencies(socketPath, 1, CHANGES / 4)));
    together.push(...(await latencies(socketPath, WATCHERS, CHANGES / 4)));
  }
  return {
    name: `a change until the last of ${WATCHERS} watchers has it, p99`,
    unit: "ms",
    value: p99(together),
    floor: p99(alone),
    target: { kind: "ratio", max: 5 },
  };
}

async function latencies(socketPath: string, count: number, changes: number): Promise<number[]> {
  const watchers = await Promise.all(Array.from({ length: count }, () => watch(socketPath)));
  const times: number[] = [];
  try {
    for (let change = 0; change < changes; change += 1) {
      const start = performance.now();
      const all = Promise.all(watchers.map((watcher) => watcher.next()));
      const written = write(socketPath, "PATCH", `${CONFIG_MAPS}/watched`, {
        data: { change: `${count}-${start}` },
      });
      await all;
      times.push(performance.now() - start);
      await written;
    }
  } finally {
    for (const { sent } of watchers) sent.destroy();
  }
  return times;
}

interface Watcher {
  readonly sent: ClientRequest;
  /** Ends with the next event. */
  next(): Promise<void>;
}

async function watch(socketPath: string): Promise<Watcher> {
  const path = `${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dwatched&resourceVersion=0`;
  const sent = request({ socketPath, path, agent: false });
  sent.on("error", () => {});
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.on("error", () => {});
  let got = 0;
  let wanted = 0;
  let tell = (): void => {};
  response.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) got += 1;
    if (got >= wanted) tell();
  });
  const next = (): Promise<void> => {
    wanted += 1;
    return new Promise((resolve) => (got >= wanted ? resolve() : (tell = resolve)));
  };
  // The object as it is comes first.
  await next();
  return { sent, next };
}

const agent = new Agent({ keepAlive: true });

async function write(socketPath: string, method: string, path: string, body: object) {
  const type = method === "POST" ? "application/json" : "application/merge-patch+json";
  const sent = request({ socketPath, agent, method, path, headers: { "content-type": type } });
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
}

function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
