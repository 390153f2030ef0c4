import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { connect } from "node:http2";
import { createConnection } from "node:net";
import { join } from "node:path";

/** The floor: a bare parent that starts the same processes, and asks each for its health. */
export class BareParent {
  readonly #packageDir: string;
  readonly #directory: string;
  readonly #children = new Map<number, ChildProcess>();

  constructor(packageDir: string, directory: string) {
    this.#packageDir = packageDir;
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Starts `count` processes, `atOnce` at a time, and returns when the last one serves. */
  async startAll(count: number, atOnce: number): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++) await this.start(index);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** Starts one process and returns once it answers SERVING. */
  async start(index: number): Promise<void> {
    const socket = join(this.#directory, `${index}-${Math.floor(performance.now() * 1000)}.sock`);
    const child = spawn(process.execPath, [join(this.#packageDir, "main.mjs")], {
      cwd: this.#packageDir,
      stdio: "ignore",
      env: {
        PATH: process.env["PATH"],
        PORTUNIX_PLUGIN_NAME: `p-${index}`,
        PORTUNIX_PLUGIN_ADDRESS: `unix:${socket}`,
        PORTUNIX_DATA_DIR: this.#directory,
      },
    });
    this.#children.set(index, child);
    for (let waitMs = 2; !(await answers(socket)); waitMs = Math.min(20, waitMs * 1.3)) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** Kills a process as hard as can be, and starts it again as soon as its end is seen. */
  async heal(index: number): Promise<void> {
    const child = this.#children.get(index);
    if (child === undefined) throw new Error(`no child ${index}`);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    await this.start(index);
  }

  async close(): Promise<void> {
    const ends = [...this.#children.values()].map(
      (child) =>
        new Promise((resolve) =>
          child.exitCode === null && child.signalCode === null
            ? child.once("exit", resolve)
            : resolve(0),
        ),
    );
    for (const child of this.#children.values()) child.kill("SIGKILL");
    await Promise.all(ends);
    this.#children.clear();
  }
}

/** One grpc.health.v1 Check over a fresh connection. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect("http://localhost", {
      createConnection: () => createConnection(socket),
    });
    const finish = (isServing: boolean): void => {
      session.destroy();
      resolve(isServing);
    };
    session.on("error", () => finish(false));
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => finish(false));
    stream.on("data", (chunk: Buffer) => finish(chunk.subarray(5).toString("hex") === "0801"));
    stream.on("end", () => finish(false));
    stream.end(Buffer.alloc(5));
  });
}
