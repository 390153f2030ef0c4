import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { bundleForNode } from "../../helpers/bundle.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { ROUND_KIND } from "./writer.ts";

const RUNS = 50;

interface Child {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves when this many lines have come, or the child has ended. */
  untilLines(count: number): Promise<void>;
  kill(): Promise<void>;
}

function start(program: string, args: readonly string[], user: SpawnOptions = {}): Child {
  const child = spawn(process.execPath, [program, ...args], {
    ...user,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const ended = once(child, "close");
  let onLine = () => {};
  const input = createInterface({ input: child.stdout });
  input.on("line", (line) => {
    lines.push(line);
    onLine();
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  const untilLines = async (count: number) => {
    const enough = new Promise<void>((resolve) => {
      onLine = () => lines.length >= count && resolve();
      onLine();
    });
    await Promise.race([enough, ended]);
  };
  return { child, lines, untilLines, kill };
}

const open = (path: string): Promise<Store> =>
  openStore({ path, clock: systemClock, logger: silentLogger, definitions: [ROUND_KIND] });

const newPath = () => join(tempDir(), "state", "portunix.db");
const writer = () => bundleForNode(join(import.meta.dirname, "writer.ts"));

describe("a second daemon", () => {
  test("is refused with the pid of the first, and may start as soon as that is killed", async () => {
    const [program, path] = [await writer(), newPath()];
    const holder = start(program, [path, "hold"]);
    await holder.untilLines(1);
    expect(holder.lines).toEqual(["open"]);
    const { pid } = holder.child;
    writeFileSync(join(dirname(path), "daemon.json"), JSON.stringify({ pid }));
    await expect(open(path)).rejects.toMatchObject({
      code: "DaemonRunning",
      message: expect.stringContaining(`another daemon holds ${path} (pid ${pid})`),
    });
    await holder.kill();
    const store = await open(path);
    expect(store.resourceVersion()).toBe("1");
    store.close();
  });

  test("is refused in another process too, and the first goes on", async () => {
    const [program, path] = [await writer(), newPath()];
    const store = await open(path);
    onTestFinished(() => store.close());
    const second = start(program, [path, "hold"]);
    await second.untilLines(2);
    expect(second.lines[0]).toBe("DaemonRunning");
    const metadata = { name: "a", namespace: "default" };
    store.create(ROUND_KIND, { apiVersion: "test.portunix.ai/v1", kind: "Round", metadata });
    store.close();
    const third = start(program, [path, "hold"]);
    await third.untilLines(1);
    expect(third.lines).toEqual(["open"]);
  });
});

test("a home that cannot be written is refused with the path", async () => {
  const [program, home] = [await writer(), tempDir()];
  // Root may write anywhere, so it becomes nobody for this.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  for (const directory of [dirname(program), home]) chmodSync(directory, 0o555);
  onTestFinished(() => chmodSync(home, 0o700));
  const refused = start(program, [join(home, "state", "portunix.db"), "hold"], user);
  await refused.untilLines(2);
  expect(refused.lines[0]).toBe("StorageFailed");
  expect(refused.lines[1]).toContain(`cannot open or write ${home}/state/portunix.db`);
});

test("opens without a word on standard error", async () => {
  const [program, path] = [await writer(), newPath()];
  const holder = start(program, [path, "hold"]);
  const errors: string[] = [];
  holder.child.stderr?.on("data", (chunk) => errors.push(String(chunk)));
  await holder.untilLines(1);
  await holder.kill();
  expect(errors.join("")).toBe("");
});

/** What the rounds so far have acknowledged. */
interface Acknowledged {
  total: number;
  version: number;
}

/** Everything that was acknowledged is there, and nothing that was deleted. @returns What is really there. */
function checkRound(store: Store, round: number, lines: readonly string[]): Acknowledged {
  const acks = lines.filter((line) => /^\d+ \d+ \d+$/.test(line));
  const lost = acks.filter((_, n) => {
    const isThere = store.get(ROUND_KIND, "default", `${round}-${n}`) !== undefined;
    return isThere !== (n % 3 !== 0);
  });
  expect(lost).toEqual([]);
  const total = Number(store.get(ROUND_KIND, "default", "total")?.spec ?? 0);
  const [, ackedTotal = 0, ackedVersion = 0] = (acks.at(-1) ?? "").split(" ").map(Number);
  expect(total).toBeGreaterThanOrEqual(ackedTotal);
  expect(Number(store.resourceVersion())).toBeGreaterThanOrEqual(ackedVersion);
  return { total, version: Number(store.resourceVersion()) };
}

test(`loses no acknowledged write over ${RUNS} kill -9`, { timeout: 180_000 }, async () => {
  const [program, path] = [await writer(), newPath()];
  let before: Acknowledged = { total: 0, version: 1 };
  let acknowledged = 0;
  for (let round = 0; round < RUNS; round += 1) {
    const child = start(program, [path, "write", String(round)]);
    // From right after it has opened to well into a checkpoint of the log.
    await child.untilLines(1 + ((round * 37) % 120));
    await child.kill();
    expect(child.lines[0]).toBe("open");
    acknowledged += child.lines.length - 1;
    const store = await open(path);
    const now = checkRound(store, round, child.lines);
    expect(now.total).toBeGreaterThanOrEqual(before.total);
    expect(now.version).toBeGreaterThanOrEqual(before.version);
    before = now;
    store.close();
  }
  expect(acknowledged).toBeGreaterThan(RUNS);
});
