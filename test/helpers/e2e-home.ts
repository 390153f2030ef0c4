import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, get } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { stringify } from "yaml";
import { eventually } from "./eventually.ts";

export const REPOSITORY = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The built program; another copy of it may be tested by naming it in PORTUNIX_E2E_PROGRAM. */
export const PROGRAM =
  process.env["PORTUNIX_E2E_PROGRAM"] ?? join(REPOSITORY, "dist", "bin", "portunix.cjs");

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

export interface InstanceView {
  readonly id: string;
  readonly pid?: number;
  readonly ordinal: number;
  readonly ready: boolean;
  readonly startedAt?: string;
  readonly address: string;
}

/** A Plugin as `get -o json` prints it; what tests look at. */
export interface PluginView {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly phase?: string;
    readonly installed?: { readonly version: string; readonly digest: string };
    readonly conditions?: readonly Condition[];
    readonly instances?: readonly InstanceView[];
    readonly nextAction?: string;
    readonly nextActionTime?: string;
    readonly restarts?: number;
    readonly blockers?: readonly { readonly reason: string; readonly object?: string }[];
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly observedGeneration?: number;
  };
}

/** A process that carries an instance's nonce, whichever daemon started it. */
export interface InstanceProcess {
  readonly pid: number;
  readonly nonce: string;
  readonly id: string;
  /** PORTUNIX_PLUGIN_NAME and the data directory, which is one per plugin and ordinal. */
  readonly dataDir: string;
}

/**
 * A PORTUNIX_HOME of its own under /tmp with the built program. At the end every process that
 * was started for it is gone, and so is the directory.
 */
export class E2eHome {
  /** Holds the home and whatever a test puts beside it. */
  readonly root: string;
  /** PORTUNIX_HOME. */
  readonly directory: string;

  /**
   * @param atEnd - Registers the end: of the test by default; `afterAll` to share the home in a
   * file, and then not from within a hook: there, afterAll comes too late and does nothing.
   */
  constructor(atEnd: (end: () => Promise<void>) => void = onTestFinished) {
    this.root = mkdtempSync("/tmp/pe-");
    this.directory = join(this.root, "h");
    atEnd(() => this.close());
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    // As a user runs it: nothing of the test runner's own environment, nor of CI's.
    const inherited = { ...process.env };
    for (const name of ["NODE_ENV", "NODE_OPTIONS", "VITEST", "CI", "FORCE_COLOR"]) {
      delete inherited[name];
    }
    return { ...inherited, NO_COLOR: "1", ...extra, PORTUNIX_HOME: this.directory };
  }

  /** Runs the CLI to its end, whatever its exit status. */
  run(args: readonly string[], { env = {}, input = "" }: RunOptions = {}): Promise<CliResult> {
    return new Promise((resolve, reject) => {
      const options = { env: this.environment(env), maxBuffer: 1 << 26, cwd: this.root };
      const child = execFile(
        process.execPath,
        [PROGRAM, ...args],
        options,
        (error, stdout, stderr) => {
          const isExit = error === null || child.exitCode !== null || child.signalCode !== null;
          if (isExit) resolve({ status: child.exitCode, stdout, stderr });
          else reject(error);
        },
      );
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  }

  /** Runs the CLI, which must succeed; gives standard output. */
  async ok(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(args);
    if (status !== 0) {
      throw new Error(`portunix ${args.join(" ")}: exit ${status}\n${stdout}\n${stderr}`);
    }
    return stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, "-o", "json")) as T;
  }

  /** Starts the CLI and leaves it running: `serve`, `get -w`. It is ended with the home. */
  spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [PROGRAM, ...args], {
      env: this.environment(env),
      cwd: this.root,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Writes a file beside the home and gives its path. */
  write(name: string, text: string): string {
    const path = join(this.root, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Writes these objects as one YAML file and gives its path. */
  manifest(...objects: readonly object[]): string {
    return this.write("manifest.yaml", objects.map((object) => stringify(object)).join("---\n"));
  }

  async apply(objects: readonly object[], ...args: string[]): Promise<string> {
    return this.ok("apply", "-f", this.manifest(...objects), ...args);
  }

  /** Read from the API itself: to poll by a command costs a process each time. */
  plugin(name: string): Promise<PluginView> {
    return this.api<PluginView>(`/apis/portunix.ai/v1alpha1/namespaces/default/plugins/${name}`);
  }

  async plugins(): Promise<readonly PluginView[]> {
    return (await this.api<{ items: PluginView[] }>("/apis/portunix.ai/v1alpha1/plugins")).items;
  }

  /** GETs from the running daemon. */
  async api<T>(path: string): Promise<T> {
    const socketPath = this.path("run", "api.sock");
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ socketPath, path, agent: false }, resolve).on("error", reject);
    });
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
    if (response.statusCode !== 200) throw new Error(`GET ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** Pid by plugin name, of those that run. */
  async pids(): Promise<Readonly<Record<string, number>>> {
    const entries = (await this.plugins()).flatMap(({ metadata, status }) =>
      (status?.instances ?? []).flatMap(({ pid }, index) =>
        pid === undefined ? [] : [[index === 0 ? metadata.name : `${metadata.name}#${index}`, pid]],
      ),
    );
    return Object.fromEntries(entries) as Record<string, number>;
  }

  /** Waits until the plugin is as `isSo` wants it, and gives it. */
  untilPlugin(name: string, isSo: (plugin: PluginView) => boolean): Promise<PluginView> {
    return eventually(async () => {
      const plugin = await this.plugin(name);
      if (!isSo(plugin)) throw new Error(`not so yet: ${JSON.stringify(plugin, undefined, 1)}`);
      return plugin;
    }, 25_000);
  }

  async ready(name: string): Promise<PluginView> {
    await this.ok("wait", `plugin/${name}`, "--timeout", "25s");
    return this.plugin(name);
  }

  /** The pid of the first instance. */
  async pid(name: string): Promise<number> {
    return pidOf(await this.plugin(name));
  }

  async daemonPid(): Promise<number> {
    return (await this.api<{ pid: number }>("/portunix/v1/daemon")).pid;
  }

  startDaemon(...args: string[]): Promise<string> {
    return this.ok("daemon", "start", ...args);
  }

  /** Ends the daemon by a signal, and waits until it is gone. */
  async killDaemon(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await kill(await this.daemonPid(), signal);
  }

  /** Living processes that were started as an instance in this home. */
  instances(): readonly InstanceProcess[] {
    return this.processes().flatMap(({ pid, environment }) => {
      const nonce = environment.get("PORTUNIX_INSTANCE_NONCE");
      const id = environment.get("PORTUNIX_INSTANCE_ID");
      const dataDir = environment.get("PORTUNIX_DATA_DIR");
      if (nonce === undefined || id === undefined || dataDir === undefined) return [];
      return [{ pid, nonce, id, dataDir }];
    });
  }

  /** Living processes that name this home in their environment: daemons, commands and plugins. */
  processes(): readonly { pid: number; environment: ReadonlyMap<string, string> }[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid)
      .flatMap((pid) => {
        const text = environOf(pid);
        if (!text.includes(`=${this.directory}\0`) && !text.includes(`${this.directory}/`))
          return [];
        return isAlive(pid) ? [{ pid, environment: parseEnviron(text) }] : [];
      });
  }

  /** Ends daemons first, so that none replaces what is ended next, and removes the directory. */
  async close(): Promise<void> {
    await eventually(() => {
      const left = this.processes();
      const isDaemon = ({ environment }: (typeof left)[number]): boolean =>
        !environment.has("PORTUNIX_INSTANCE_NONCE");
      const first = left.some(isDaemon) ? left.filter(isDaemon) : left;
      for (const { pid } of first) sendSignal(pid, "SIGKILL");
      if (left.length > 0) throw new Error(`left: ${left.map(({ pid }) => pid).join()}`);
    });
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A Plugin to apply; `spec` needs a source. */
export function pluginObject(
  name: string,
  spec: object,
  metadata: Readonly<Record<string, unknown>> = {},
): object {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: { name, ...metadata },
    spec,
  };
}

/** The condition of that type; undefined when there is none. */
export function conditionOf(plugin: PluginView, type: string): Condition | undefined {
  return plugin.status?.conditions?.find((condition) => condition.type === type);
}

/** The pid of the first instance; fails when there is none. */
export function pidOf({ metadata, status }: PluginView): number {
  const pid = status?.instances?.[0]?.pid;
  if (pid === undefined) throw new Error(`${metadata.name} has no process`);
  return pid;
}

export function isReady(plugin: PluginView): boolean {
  return conditionOf(plugin, "Ready")?.status === "True";
}

/** Sends a signal, and waits until the process is gone when the signal is one that ends it. */
export async function kill(pid: number, name: NodeJS.Signals = "SIGKILL"): Promise<void> {
  sendSignal(pid, name);
  if (name === "SIGSTOP" || name === "SIGCONT") return;
  await eventually(() => {
    if (isAlive(pid)) throw new Error(`${pid} is alive after ${name}`);
  });
}

/** False for a zombie: it has ended, and only its parent's wait is missing. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

export function environOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

function parseEnviron(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\0").map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)] as const;
    }),
  );
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
  }
}
