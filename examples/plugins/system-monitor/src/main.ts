import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { log, readConfig, servePlugin } from "../../../sdk/serve-plugin.ts";

interface Config {
  readonly intervalSeconds: number;
  readonly loadWarning: number;
  readonly memoryWarningPercent: number;
}

interface Sample {
  readonly time: string;
  readonly loadPerCore: number;
  readonly memoryUsedPercent: number;
  readonly processes: number;
  readonly uptimeSeconds: number;
}

const config = readConfig() as Config;
let latest = takeSample();

const timer = setInterval(() => {
  latest = takeSample();
  log("info", "sample", latest);
  if (latest.loadPerCore > config.loadWarning)
    log("warn", "load is high", { load: latest.loadPerCore });
  if (latest.memoryUsedPercent > config.memoryWarningPercent) {
    log("warn", "memory is nearly used up", { percent: latest.memoryUsedPercent });
  }
}, config.intervalSeconds * 1000);

await servePlugin({
  name: "system-monitor",
  version: "1.0.0",
  description: "Samples load, memory and processes of this machine.",
  capabilities: ["system-monitoring"],
  commands: { sample: () => JSON.stringify(latest, undefined, 2) },
  tools: [
    {
      name: "get_system_sample",
      description: "The newest sample of load, memory and process count of this machine, as JSON.",
      schema: { type: "object", properties: {} },
      call: () => JSON.stringify(latest),
    },
  ],
  // A monitor that has stopped sampling is not healthy, however well it answers.
  isHealthy: () => Date.now() - Date.parse(latest.time) < config.intervalSeconds * 3000 + 5000,
  onShutdown: () => clearInterval(timer),
});

function takeSample(): Sample {
  const [load = "0"] = read("/proc/loadavg").split(" ");
  const memory = new Map(
    [...read("/proc/meminfo").matchAll(/^(\w+):\s+(\d+)/gm)].map(([, name, kib]) => [
      name,
      Number(kib),
    ]),
  );
  const total = memory.get("MemTotal") ?? 1;
  const used = 1 - (memory.get("MemAvailable") ?? 0) / total;
  return {
    time: new Date().toISOString(),
    loadPerCore: round(Number(load) / availableParallelism()),
    memoryUsedPercent: round(used * 100),
    processes: readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
    uptimeSeconds: Math.floor(Number(read("/proc/uptime").split(" ")[0])),
  };
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
