import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type BenchContext, type Figure, median } from "./figures.ts";
import { openHome } from "./home.ts";
import { benchSources } from "./sources.bench.ts";

const FILES = 100;
const WRITES = 15;

/** A watched directory: from a write to the action that it leads to, and what watching costs at rest. */
export async function gitopsFigures(context: BenchContext): Promise<Figure[]> {
  const [small, large] = await benchSources();
  return [
    {
      name: `write -> action begun, ${FILES} files`,
      unit: "ms",
      value: await writeToActionMs(context),
      target: { kind: "value", max: 300 },
    },
    {
      name: "write -> snapshot, 100 files",
      unit: "ms",
      value: small?.latencyMs.median ?? Number.NaN,
    },
    {
      name: "idle CPU of watching 10,000 files",
      unit: "% of a core",
      value: large?.idleCpuPercent ?? Number.NaN,
      target: { kind: "value", max: 1 },
    },
  ];
}

async function writeToActionMs(context: BenchContext): Promise<number> {
  const home = openHome(context);
  try {
    const manifests = join(home.directory, "manifests");
    mkdirSync(manifests);
    const write = (index: number, replicas: number): void =>
      writeFileSync(
        join(manifests, `p-${index}.yaml`),
        manifestOf(index, replicas, home.packageDir),
      );
    for (let index = 0; index < FILES; index += 1) write(index, 1);
    await home.portunix("daemon", "start", "--manifests", manifests);
    await home.portunix("wait", "plugins", "--all", "--for=condition=Ready", "--timeout", "120s");
    const socket = join(home.directory, "h", "run", "api.sock");
    const times: number[] = [];
    for (let index = 0; index < WRITES; index += 1) {
      times.push(await untilObserved(socket, `p-${index}`, () => write(index, 2)));
    }
    return median(times);
  } finally {
    await home.close();
  }
}

function manifestOf(index: number, replicas: number, packageDir: string): string {
  return `apiVersion: portunix.ai/v1alpha1
kind: Plugin
metadata: {name: p-${index}}
spec:
  source: {path: ${packageDir}}
  desiredState: Enabled
  replicas: ${replicas}
`;
}

/** From `write` to the decision on it, which is stored just before its actions are performed. */
function untilObserved(socketPath: string, name: string, write: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `/apis/portunix.ai/v1alpha1/namespaces/default/plugins?watch=true&fieldSelector=metadata.name%3D${name}`;
    let writtenAtMs: number | undefined;
    let text = "";
    const watch = request({ socketPath, path }, (response) => {
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          const { object } = JSON.parse(line) as {
            object: { metadata: { generation: number }; status?: { observedGeneration: number } };
          };
          if (writtenAtMs === undefined) {
            writtenAtMs = performance.now();
            write();
          } else if (object.metadata.generation === 2 && object.status?.observedGeneration === 2) {
            watch.destroy();
            resolve(performance.now() - writtenAtMs);
          }
        }
      });
    });
    watch.on("error", reject);
    watch.end();
  });
}
