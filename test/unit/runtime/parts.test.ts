import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toKey } from "../../../src/api/key.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { AdmissionQueue } from "../../../src/runtime/admission-queue.ts";
import { parseRecord, toRecord } from "../../../src/runtime/instance-record.ts";
import { parseStat } from "../../../src/runtime/process-table.ts";

const probe = {
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 1,
};
const RECORD = toRecord(
  {
    key: toKey("default", "a"),
    diskName: "a",
    ordinal: 0,
    revision: "r",
    packageName: "a",
    packageVersion: "1.0.0",
    packageDir: "/p",
    runtime: { language: "node", main: "m" },
    configFile: undefined,
    environment: { SECRET: "s3cret" },
    probes: { startup: probe, readiness: probe, liveness: probe },
    gracePeriodSeconds: 1,
  },
  { id: "0a0b0c0d", directory: "/run/p/x", nonce: "0f".repeat(16), address: "unix:/x", note: "" },
);
const PROCESS = { pid: 77, startTime: 5, bootId: "b" };

describe("parseRecord", () => {
  const parse = (value: unknown) => parseRecord(JSON.parse(JSON.stringify(value)), "0a0b0c0d");

  test("gives back what was written, and no environment is in it", () => {
    const stop = { requestedAtMs: 1, gracePeriodSeconds: 2, reason: "x" };
    const full = { ...RECORD, process: PROCESS, stop };
    expect(parse(RECORD)).toEqual(RECORD);
    expect(parse(full)).toEqual(full);
    expect(JSON.stringify(full)).not.toContain("s3cret");
  });

  test.each([
    ["another id", { ...RECORD, instance: { ...RECORD.instance, id: "ffffffff" } }],
    ["another format", { ...RECORD, format: 2 }],
    ["a nonce that is none", { ...RECORD, nonce: "x" }],
    ["pid 0, which is our own group", { ...RECORD, process: { ...PROCESS, pid: 0 } }],
    ["pid -1, which is everybody", { ...RECORD, process: { ...PROCESS, pid: -1 } }],
    ["pid 1", { ...RECORD, process: { ...PROCESS, pid: 1 } }],
    ["a state that is none", { ...RECORD, instance: { ...RECORD.instance, state: "happy" } }],
    ["no probes", { ...RECORD, probes: {} }],
    ["a text", "hello"],
    ["null", null],
  ])("takes no record with %s", (_, value) => {
    expect(parse(value)).toBeUndefined();
  });

  test("never throws, whatever is in the file", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => parseRecord(value, "x") === undefined));
  });
});

describe("parseStat", () => {
  const rest = "S 10 20 30 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";

  test("reads the fields after the last parenthesis, whatever the command is called", () => {
    for (const name of ["node", "a b", ") R 1 1 1 (", "x) S 1"]) {
      expect(parseStat(`12 (${name}) ${rest}`)).toEqual({
        state: "S",
        processGroup: 20,
        session: 30,
        startTime: 987_654,
      });
    }
  });

  test("knows nothing of a text that is cut", () => {
    expect(parseStat("12 (node) S 10 20")).toBeUndefined();
    expect(parseStat("")).toBeUndefined();
  });
});

describe("an admission queue", () => {
  const turn = () => Promise.resolve();

  test("runs as many as it may, in order, and the next for each that is done", async () => {
    const queue = new AdmissionQueue(systemClock, { limit: 2, maxHoldMs: 60_000 });
    const ran: number[] = [];
    const admissions = [0, 1, 2, 3].map((number) => queue.admit(() => ran.push(number)));
    expect(ran).toEqual([]);
    await turn();
    expect(ran).toEqual([0, 1]);
    admissions[2]?.release();
    admissions[1]?.release();
    admissions[1]?.release();
    expect(ran).toEqual([0, 1, 3]);
    queue.close();
  });

  test("gives a place on after its time, and nothing after it is closed", async () => {
    const timers: (() => void)[] = [];
    const clock = {
      ...systemClock,
      after: (_: number, run: () => void) => {
        timers.push(run);
        return { cancel: () => {} };
      },
    };
    const queue = new AdmissionQueue(clock, { limit: 1, maxHoldMs: 1 });
    const ran: number[] = [];
    for (const number of [0, 1, 2]) queue.admit(() => ran.push(number));
    await turn();
    timers[0]?.();
    expect(ran).toEqual([0, 1]);
    queue.close();
    timers[1]?.();
    expect(ran).toEqual([0, 1]);
  });
});
