import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { CliResult } from "./e2e-home.ts";
import { E2eHome } from "./e2e-home.ts";
import { fixturePackage } from "./fixture-package.ts";
import type { KubeTool } from "./kube-tools.ts";

export interface SessionRun {
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const RUN_TIMEOUT_MS = 60_000;

/**
 * A real client beside a real daemon that listens on loopback TLS: what `portunix kubeconfig`
 * prints is all that the client knows of it. In command lines and input ROOT stands for the
 * directory of the session, where ROOT/healthy is a package.
 */
export class KubeSession {
  readonly home: E2eHome;
  private readonly tool: KubeTool;

  constructor(tool: KubeTool, atEnd: (end: () => Promise<void>) => void = afterAll) {
    this.tool = tool;
    this.home = new E2eHome(atEnd);
  }

  get kubeconfig(): string {
    return join(this.home.root, "kubeconfig");
  }

  /** Starts the daemon; what a test's `beforeAll` does first. */
  async start(): Promise<this> {
    mkdirSync(join(this.home.root, "healthy"));
    fixturePackage("healthy", { into: join(this.home.root, "healthy") });
    await this.home.startDaemon("--listen", "127.0.0.1:0");
    this.home.write("kubeconfig", await this.home.ok("kubeconfig"));
    return this;
  }

  /** Runs the client to its end, whatever its exit status; ROOT in what it prints is the session's. */
  async run(line: string, { input = "", env = {} }: SessionRun = {}): Promise<CliResult> {
    const child = this.spawn(line, env);
    child.stdin?.on("error", () => {});
    child.stdin?.end(this.place(input));
    const timer = setTimeout(() => child.kill("SIGKILL"), RUN_TIMEOUT_MS);
    const [stdout, stderr, status] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
      }),
    ]);
    clearTimeout(timer);
    return { status, stdout: this.unplace(stdout), stderr: this.unplace(stderr) };
  }

  /** Runs the client, which must succeed; gives standard output. */
  async ok(line: string, options: SessionRun = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(line, options);
    if (status !== 0) throw new Error(`${line}: exit ${status}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Starts the client and leaves it running; it is ended with the home. */
  spawn(line: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const { root } = this.home;
    const own = {
      KUBECONFIG: this.kubeconfig,
      KUBECACHEDIR: join(root, "kube-cache"),
      HELM_CACHE_HOME: join(root, "helm", "cache"),
      HELM_CONFIG_HOME: join(root, "helm", "config"),
      HELM_DATA_HOME: join(root, "helm", "data"),
    };
    return spawn(this.tool.file, wordsOf(this.place(line)), {
      env: this.home.environment({ ...own, HOME: root, ...env }),
      cwd: root,
    });
  }

  place(text: string): string {
    return text.replaceAll("ROOT", this.home.root);
  }

  private unplace(text: string): string {
    return text.replaceAll(this.home.root, "ROOT");
  }
}

/** A command line as a shell would split it: spaces part words, quotes hold them together. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
}

async function textOf(stream: ChildProcess["stdout"]): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
