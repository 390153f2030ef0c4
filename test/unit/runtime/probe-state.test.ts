import { describe, expect, test } from "vitest";
import type { Probes } from "../../../src/api/plugin.ts";
import {
  afterProbe,
  beginProbes,
  nextProbe,
  type ProbeOutcome,
  type ProbeState,
} from "../../../src/runtime/probe-state.ts";

const probe = {
  initialDelaySeconds: 0,
  periodSeconds: 5,
  timeoutSeconds: 3,
  successThreshold: 1,
  failureThreshold: 3,
};
const PROBES: Probes = {
  startup: { ...probe, periodSeconds: 1, failureThreshold: 30 },
  readiness: probe,
  liveness: { ...probe, periodSeconds: 10 },
};

type Answer = Partial<ProbeOutcome>;
const GOOD: Answer = { isServing: true };
const BAD: Answer = { isServing: false, message: "NOT_SERVING" };
const NOBODY: Answer = { isServing: false, isReached: false, message: "nobody" };

function begin(probes = PROBES, hasBeenReady = false): ProbeState {
  return beginProbes(probes, { nowMs: 0, jitter: 0, hasBeenReady });
}

/** Asks when it is due, and answers so. */
function answer(state: ProbeState, with_: Answer, probes = PROBES): ProbeState {
  const next = nextProbe(state, probes);
  if (next === undefined) throw new Error("nothing is due");
  const { dueAtMs } = next;
  const outcome = { isReached: true, isServing: true, latencyMs: 1, message: "", isLagged: false };
  return afterProbe(state, probes, { ...outcome, dueAtMs, atMs: dueAtMs + 1, ...with_ });
}

function answers(state: ProbeState, ...all: readonly Answer[]): ProbeState {
  return all.reduce((before, one) => answer(before, one), state);
}

/** Goes on with the same answer until `isEnd`, at most 10,000 times. */
function until(
  state: ProbeState,
  with_: Answer,
  isEnd: (state: ProbeState) => boolean,
): ProbeState {
  let current = state;
  for (let count = 0; count < 10_000 && !isEnd(current); count += 1)
    current = answer(current, with_);
  return current;
}

const isOver = (state: ProbeState) => state.phase === "failed";

describe("before the first good answer", () => {
  test("connecting is tried at once, then every 5 ms growing to 50 ms", () => {
    let state = begin();
    const pauses: number[] = [];
    for (let count = 0; count < 200; count += 1) {
      const before = nextProbe(state, PROBES)?.dueAtMs ?? 0;
      state = answer(state, NOBODY);
      pauses.push(Math.round((nextProbe(state, PROBES)?.dueAtMs ?? 0) - before - 1));
    }
    expect(nextProbe(begin(), PROBES)?.dueAtMs).toBe(0);
    expect(pauses[0]).toBe(5);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBe(50);
  });

  test("the first good answer makes it ready", () => {
    expect(answers(begin(), NOBODY, BAD, GOOD).verdict.state).toBe("ready");
  });

  test("it fails when period x threshold is over, not before", () => {
    const failed = until(begin(), BAD, isOver);
    expect(failed.verdict).toMatchObject({ state: "unhealthy", reason: "StartupProbeFailed" });
    expect(failed.verdict.message).toContain("within 30 s");
    expect(failed.startup.dueAtMs).toBeGreaterThanOrEqual(29_000);
    expect(nextProbe(failed, PROBES)).toBeUndefined();
  });

  test("a round in which the host was late does not fail it", () => {
    const late = answer(begin(), { ...BAD, atMs: 60_000, isLagged: true });
    expect(late.verdict.state).toBe("starting");
    expect(answer(late, BAD).verdict.state).toBe("unhealthy");
  });

  test("the initial delay is waited for and added to the deadline", () => {
    const probes = { ...PROBES, startup: { ...PROBES.startup, initialDelaySeconds: 7 } };
    expect(nextProbe(begin(probes), probes)?.dueAtMs).toBe(7000);
    const at = (atMs: number) => answer(begin(probes), { ...BAD, atMs }, probes).verdict.state;
    expect([at(36_999), at(37_000)]).toEqual(["starting", "unhealthy"]);
  });

  test("readiness.initialDelaySeconds puts ready off", () => {
    const probes = { ...PROBES, readiness: { ...probe, initialDelaySeconds: 20 } };
    const early = answer(begin(probes), GOOD, probes);
    expect(early.verdict.state).toBe("starting");
    expect(nextProbe(early, probes)?.dueAtMs).toBeLessThanOrEqual(20_000);
    let state = early;
    while (state.verdict.state === "starting") state = answer(state, GOOD, probes);
    expect(state.readiness.dueAtMs).toBeGreaterThan(20_000);
  });

  test("readiness.successThreshold counts good answers in a row", () => {
    const probes = { ...PROBES, readiness: { ...probe, successThreshold: 3 } };
    const states = [GOOD, GOOD, BAD, GOOD, GOOD, GOOD].reduce<ProbeState[]>(
      (all, one) => [...all, answer(all.at(-1) ?? begin(probes), one, probes)],
      [],
    );
    expect(states.map(({ verdict }) => verdict.state)).toEqual([
      ...Array<string>(5).fill("starting"),
      "ready",
    ]);
  });
});

describe("a running instance", () => {
  const ready = answer(begin(), GOOD);

  test("is not ready after three failed readiness probes, and ready again after one good", () => {
    const two = answers(ready, BAD, BAD);
    expect(two.verdict.state).toBe("ready");
    const three = answer(two, BAD);
    expect(three.verdict).toMatchObject({ state: "notReady", reason: "" });
    expect(three.verdict.message).toContain("NOT_SERVING");
    expect(answer(three, GOOD).verdict).toEqual({ state: "ready", reason: "", message: "" });
  });

  test("a good answer between failures starts the count anew", () => {
    expect(answers(ready, BAD, BAD, GOOD, BAD, BAD).verdict.state).toBe("ready");
  });

  test("is unhealthy for good after three failed liveness probes", () => {
    const failed = until(ready, BAD, isOver);
    expect(failed.verdict.reason).toBe("LivenessProbeFailed");
    expect(failed.liveness.failures).toBe(3);
    expect(failed.readiness.failures).toBeGreaterThan(3);
    expect(afterProbe(failed, PROBES, { ...GOOD } as ProbeOutcome)).toBe(failed);
  });

  test("an answer slower than the timeout of a probe fails that probe alone", () => {
    const probes = { ...PROBES, readiness: { ...probe, timeoutSeconds: 1 } };
    let state = answer(begin(probes), GOOD, probes);
    for (let count = 0; count < 50; count += 1)
      state = answer(state, { ...GOOD, latencyMs: 2000 }, probes);
    expect(state.verdict.state).toBe("notReady");
    expect(state.liveness.failures).toBe(0);
  });

  test("failures while the host is late do not count, good answers do", () => {
    const lagged = answers(
      ready,
      BAD,
      BAD,
      ...Array.from({ length: 20 }, () => ({ ...BAD, isLagged: true })),
    );
    expect(lagged.verdict.state).toBe("ready");
    expect(answer(lagged, BAD).verdict.state).toBe("notReady");
    expect(answers(lagged, { ...GOOD, isLagged: true }, BAD).verdict.state).toBe("ready");
  });

  test("readiness and liveness share one question when both are due", () => {
    let state = ready;
    let questions = 0;
    while ((nextProbe(state, PROBES)?.dueAtMs ?? 0) < 100_000) {
      state = answer(state, GOOD);
      questions += 1;
    }
    expect(questions).toBeLessThanOrEqual(21);
  });

  test("the probes of many instances are spread over the period", () => {
    const dues = [0, 0.25, 0.5, 0.75].map((jitter) => {
      const state = beginProbes(PROBES, { nowMs: 0, jitter, hasBeenReady: false });
      return nextProbe(answer(state, GOOD), PROBES)?.dueAtMs;
    });
    expect(new Set(dues).size).toBe(4);
  });
});

describe("an adopted instance that was ready", () => {
  const probes = { ...PROBES, readiness: { ...probe, successThreshold: 3 } };

  test("is asked at once, and ready with its first good answer", () => {
    const adopted = begin(probes, true);
    expect(adopted.verdict.state).toBe("starting");
    expect(nextProbe(adopted, probes)?.dueAtMs).toBe(0);
    expect(answer(adopted, GOOD, probes).verdict.state).toBe("ready");
  });

  test("is not gated by startup: it fails by readiness and liveness", () => {
    const adopted = begin(PROBES, true);
    expect(answers(adopted, BAD, BAD, BAD).verdict.state).toBe("notReady");
    expect(until(adopted, BAD, isOver).verdict.reason).toBe("LivenessProbeFailed");
  });
});
