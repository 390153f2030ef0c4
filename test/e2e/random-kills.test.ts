import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { E2eHome, environOf, isAlive, isReady, pluginObject } from "../helpers/e2e-home.ts";
import { eventually } from "../helpers/eventually.ts";
import { fixturePackage } from "../helpers/fixture-package.ts";

const NAMES = ["a", "b", "c", "d"];
const SEED = Number(process.env["PORTUNIX_TEST_SEED"] ?? 20_261_123);
const KILLS = 12;

describe("kill -9 of the daemon at random moments", () => {
  test(`ends in the state that was asked for, with no instance doubled or lost (seed ${SEED})`, async () => {
    const home = new E2eHome();
    const random = randomFrom(SEED);
    const source = { path: fixturePackage("healthy") };
    // Their ends come late and early, so that some are caught in the middle of each.
    const stubborn = { path: fixturePackage("ignores-sigterm") };
    const manifest = (round: number) =>
      home.manifest(
        ...NAMES.map((name, index) =>
          pluginObject(name, {
            source: index === 0 ? stubborn : source,
            replicas: index === 1 ? 2 : 1,
            terminationGracePeriodSeconds: 1,
            config: { round },
            ...(index === 3 ? { dependsOn: [{ name: "c" }] } : {}),
          }),
        ),
      );
    const overlaps = new OverlapWatch(home);
    await home.startDaemon();
    for (let round = 0; round < KILLS; round += 1) {
      const isDelete = round % 3 === 2;
      const command = isDelete
        ? ["delete", "plugins", ...NAMES, "--ignore-not-found", "--timeout", "20s"]
        : ["apply", "-f", manifest(round), "--wait", "--timeout", "20s"];
      const daemon = await home.daemonPid();
      const running = home.run(command, { env: { PORTUNIX_AUTOSTART: "0" } });
      const delayMs = 5 + Math.floor(random() * 395);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      process.kill(daemon, "SIGKILL");
      await eventually(() => expect(isAlive(daemon)).toBe(false), 5000, 5);
      await running;
      await home.startDaemon();
      // What was not taken in before the kill is the user's to repeat; what was, goes on by itself.
      const { status, stdout, stderr } = await home.run(command);
      expect(`${round} after ${delayMs} ms: ${status} ${stdout} ${stderr}`).toContain(": 0 ");
      await expectState(home, isDelete ? undefined : round);
      overlaps.check();
    }
    overlaps.stop();
    overlaps.check();
  }, 120_000);
});

/** The world is as asked, and holds nothing else. */
async function expectState(home: E2eHome, round: number | undefined): Promise<void> {
  await eventually(async () => {
    const plugins = await home.plugins();
    const wanted = round === undefined ? [] : NAMES;
    expect(plugins.map(({ metadata }) => metadata.name).toSorted()).toEqual(wanted);
    expect(plugins.every(isReady)).toBe(true);
    const known = plugins.flatMap(({ status }) => status?.instances ?? []);
    const living = home.instances();
    expect(new Set(living.map(({ pid }) => pid))).toEqual(new Set(known.map(({ pid }) => pid)));
    expect(living).toHaveLength(round === undefined ? 0 : NAMES.length + 1);
    for (const { pid } of living)
      expect(environOf(pid)).toContain(`PORTUNIX_CONFIG_ROUND=${round}\0`);
    const records = existsSync(home.path("run", "p")) ? readdirSync(home.path("run", "p")) : [];
    expect(records.toSorted()).toEqual(known.map(({ id }) => id).toSorted());
  });
}

/** Looks at /proc all the time: no data directory, which is one per ordinal, may have two processes. */
class OverlapWatch {
  readonly #home: E2eHome;
  readonly #found: string[] = [];
  readonly #nonces = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(home: E2eHome) {
    this.#home = home;
    this.#timer = setInterval(() => this.#look(), 50);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Instances seen so far, ended ones too: proof that somebody looked. */
  get seen(): number {
    return this.#nonces.size;
  }

  check(): void {
    expect(this.#found).toEqual([]);
  }

  #look(): void {
    const living = this.#home.instances();
    for (const { nonce } of living) this.#nonces.add(nonce);
    for (const dataDir of new Set(living.map((instance) => instance.dataDir))) {
      const processes = living.filter((instance) => instance.dataDir === dataDir);
      const nonces = new Set(processes.map(({ nonce }) => nonce));
      // /proc was read one by one: the first may have ended before the last began.
      const isSure = processes.every(
        ({ pid, nonce }) => isAlive(pid) && environOf(pid).includes(nonce),
      );
      if (nonces.size > 1 && isSure) {
        this.#found.push(`${dataDir}: ${processes.map(({ pid }) => pid).join(" and ")}`);
      }
    }
  }
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
