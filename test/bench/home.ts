import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchContext } from "./figures.ts";

const run = promisify(execFile);

export interface BenchHome {
  readonly program: string;
  readonly packageDir: string;
  readonly directory: string;
  /** Runs the built CLI in this home; gives standard output. */
  portunix(...args: string[]): Promise<string>;
  /** Writes a manifest of `count` plugins p-0 ... and gives its path. */
  manifest(count: number): string;
  /** Pids by plugin name. */
  pids(): Promise<Map<string, number>>;
  daemonPid(): Promise<number>;
  close(): Promise<void>;
}

/** A home of its own with the plugin that all benches start: the `healthy` fixture. */
export function openHome({ root, temporary }: BenchContext): BenchHome {
  const directory = mkdtempSync(join(temporary, "ptxb-"));
  const program = join(root, "dist", "bin", "portunix.cjs");
  const packageDir = join(directory, "package");
  const fixtures = join(root, "test", "fixtures");
  mkdirSync(packageDir);
  cpSync(join(fixtures, "plugins", "healthy"), packageDir, { recursive: true });
  cpSync(join(fixtures, "kit", "plugin-server.mjs"), join(packageDir, "kit.mjs"));
  const env = { ...process.env, PORTUNIX_HOME: join(directory, "h") };
  const portunix = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(process.execPath, [program, ...args], { env, maxBuffer: 1 << 26 });
    return stdout;
  };
  return {
    program,
    packageDir,
    directory,
    portunix,
    manifest: (count) => {
      const path = join(directory, `plugins-${count}.yaml`);
      writeFileSync(path, manifestText(count, packageDir));
      return path;
    },
    pids: async () => {
      const { items } = JSON.parse(await portunix("get", "plugins", "-o", "json")) as {
        items: { metadata: { name: string }; status?: { instances?: { pid?: number }[] } }[];
      };
      return new Map(
        items.map(({ metadata, status }) => [metadata.name, status?.instances?.[0]?.pid ?? 0]),
      );
    },
    daemonPid: async () => {
      const { pid } = JSON.parse(await portunix("daemon", "status", "-o", "json")) as {
        pid: number;
      };
      return pid;
    },
    close: async () => {
      await portunix("delete", "plugins", "--all", "--timeout", "120s");
      await portunix("daemon", "stop");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function manifestText(count: number, packageDir: string): string {
  const documents = Array.from(
    { length: count },
    (_, index) => `apiVersion: portunix.ai/v1alpha1
kind: Plugin
metadata:
  name: p-${index}
  labels: {bench: "true"}
spec:
  source: {path: ${packageDir}}
  desiredState: Running
`,
  );
  return documents.join("---\n");
}

/** User plus system time of a process so far, ms; from /proc, in ticks of 10 ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function rssMiBOf(pid: number): number {
  const [, kib = "0"] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

/** Wall and CPU (user plus system) of one command from start to end, ms. */
export function timeCommand(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): { wallMs: number; cpuMs: number } {
  const [file = "", ...args] = command;
  const childBefore = childCpuMs();
  const start = performance.now();
  const { status } = spawnSync(file, args, { env, stdio: "ignore" });
  const wallMs = performance.now() - start;
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}`);
  return { wallMs, cpuMs: childCpuMs() - childBefore };
}

/** CPU of all children that have been waited for: cutime and cstime of this process. */
function childCpuMs(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
