import type { Probe, Probes } from "../api/plugin.ts";
import type { Verdict } from "./instance.ts";

/** Times are of the monotonic clock, milliseconds. */
export interface ProbeState {
  readonly phase: "startup" | "running" | "failed";
  readonly startedAtMs: number;
  readonly startup: Track;
  readonly readiness: Track;
  readonly liveness: Track;
  /** In [0, 1): spreads the probes of many instances over the period. */
  readonly jitter: number;
  readonly verdict: Verdict;
}

interface Track {
  readonly dueAtMs: number;
  /** In a row. */
  readonly successes: number;
  readonly failures: number;
}

export interface ProbeOutcome {
  /** When the probe was due, and when it was over. */
  readonly dueAtMs: number;
  readonly atMs: number;
  readonly isServing: boolean;
  readonly isReached: boolean;
  readonly latencyMs: number;
  readonly message: string;
  /** The host itself was late, so a failure proves nothing about the plugin. */
  readonly isLagged: boolean;
}

export interface ProbeStart {
  readonly nowMs: number;
  readonly jitter: number;
  /** An earlier daemon has seen it ready: startup is behind it. */
  readonly hasBeenReady: boolean;
}

const CONNECT_MIN_MS = 5;
const CONNECT_MAX_MS = 50;
const GRID_MS = 500;

export function beginProbes(probes: Probes, start: ProbeStart): ProbeState {
  const { nowMs, jitter, hasBeenReady } = start;
  const track: Track = { dueAtMs: nowMs, successes: 0, failures: 0 };
  // An adopted instance was ready: one answer makes it so again.
  const readiness = { ...track, successes: probes.readiness.successThreshold - 1 };
  return {
    phase: hasBeenReady ? "running" : "startup",
    startedAtMs: nowMs,
    startup: { ...track, dueAtMs: nowMs + probes.startup.initialDelaySeconds * 1000 },
    readiness: hasBeenReady ? readiness : track,
    liveness: track,
    jitter,
    verdict: { state: "starting", reason: "", message: "" },
  };
}

/** When to ask next, and how long to wait for the answer; undefined when nothing is left to find out. */
export function nextProbe(
  state: ProbeState,
  probes: Probes,
): { readonly dueAtMs: number; readonly timeoutMs: number } | undefined {
  if (state.phase === "failed") return undefined;
  if (state.phase === "startup") {
    return { dueAtMs: state.startup.dueAtMs, timeoutMs: probes.startup.timeoutSeconds * 1000 };
  }
  const dueAtMs = Math.min(state.readiness.dueAtMs, state.liveness.dueAtMs);
  const timeouts = (["readiness", "liveness"] as const)
    .filter((name) => isCovered(state[name], probes, dueAtMs))
    .map((name) => probes[name].timeoutSeconds * 1000);
  return { dueAtMs, timeoutMs: Math.max(...timeouts) };
}

/**
 * The state after one answer, or the lack of it. Startup gates the others and fails only after its
 * whole time; readiness takes an instance out of service and back; liveness fails it for good.
 */
export function afterProbe(state: ProbeState, probes: Probes, outcome: ProbeOutcome): ProbeState {
  if (state.phase === "failed") return state;
  return state.phase === "startup"
    ? afterStartupProbe(state, probes, outcome)
    : afterRunningProbe(state, probes, outcome);
}

/** It runs, but is not what it should be: nothing can make it good. */
export function failProbes(state: ProbeState, reason: string, message: string): ProbeState {
  return { ...state, phase: "failed", verdict: { state: "unhealthy", reason, message } };
}

function afterStartupProbe(state: ProbeState, probes: Probes, outcome: ProbeOutcome): ProbeState {
  if (outcome.isServing) return enterRunning(state, probes, outcome);
  const { initialDelaySeconds, periodSeconds, failureThreshold } = probes.startup;
  const limitSeconds = initialDelaySeconds + periodSeconds * failureThreshold;
  const elapsedMs = outcome.atMs - state.startedAtMs;
  if (elapsedMs >= limitSeconds * 1000 && !outcome.isLagged) {
    const message = `not healthy within ${limitSeconds} s of its start: ${outcome.message}`;
    return failProbes(state, "StartupProbeFailed", message);
  }
  return {
    ...state,
    startup: { ...state.startup, dueAtMs: outcome.atMs + startupPauseMs(elapsedMs, outcome) },
    verdict: { state: "starting", reason: "", message: outcome.message },
  };
}

/** Connecting is cheap and the wait is felt, so it is tried often; asking one that answers "not yet" is not. */
function startupPauseMs(elapsedMs: number, outcome: ProbeOutcome): number {
  const pauseMs = Math.min(CONNECT_MAX_MS, Math.max(CONNECT_MIN_MS, elapsedMs / 20));
  return outcome.isReached ? Math.max(CONNECT_MAX_MS, Math.min(1000, elapsedMs / 10)) : pauseMs;
}

function enterRunning(state: ProbeState, probes: Probes, outcome: ProbeOutcome): ProbeState {
  const { readiness, liveness } = probes;
  const spreadMs = readiness.periodSeconds * 1000 * (0.5 + state.jitter / 2);
  const earliest = (probe: Probe) => state.startedAtMs + probe.initialDelaySeconds * 1000;
  const running: ProbeState = {
    ...state,
    phase: "running",
    readiness: { ...state.readiness, dueAtMs: Math.max(outcome.atMs, earliest(readiness)) },
    liveness: {
      ...state.liveness,
      dueAtMs: Math.max(onGrid(outcome.atMs + spreadMs), earliest(liveness)),
    },
  };
  if (earliest(readiness) > outcome.atMs) {
    const message = "waits for readiness.initialDelaySeconds";
    return { ...running, verdict: { state: "starting", reason: "", message } };
  }
  const counted = count(running.readiness, readiness, { ...outcome, dueAtMs: 0 });
  return {
    ...running,
    readiness: { ...counted, dueAtMs: onGrid(outcome.atMs + spreadMs) },
    verdict: readinessVerdict(running.verdict, counted, { probe: readiness, outcome }),
  };
}

function afterRunningProbe(state: ProbeState, probes: Probes, outcome: ProbeOutcome): ProbeState {
  const { dueAtMs } = outcome;
  const readiness = isCovered(state.readiness, probes, dueAtMs)
    ? count(state.readiness, probes.readiness, outcome)
    : state.readiness;
  const liveness = isCovered(state.liveness, probes, dueAtMs)
    ? count(state.liveness, probes.liveness, outcome)
    : state.liveness;
  const next: ProbeState = { ...state, readiness, liveness };
  const { failureThreshold } = probes.liveness;
  if (liveness.failures >= failureThreshold) {
    const message = `the liveness probe failed ${failureThreshold} times in a row: ${outcome.message}`;
    return failProbes(next, "LivenessProbeFailed", message);
  }
  if (readiness === state.readiness) return next;
  const context = { probe: probes.readiness, outcome };
  return { ...next, verdict: readinessVerdict(state.verdict, readiness, context) };
}

/** Probes that are due at nearly the same time share one question. */
function isCovered(track: Track, probes: Probes, dueAtMs: number): boolean {
  const period = Math.min(probes.readiness.periodSeconds, probes.liveness.periodSeconds) * 1000;
  return track.dueAtMs <= dueAtMs + period / 4;
}

/** Probes of several instances that fall together cost less than half of what each costs alone. */
function onGrid(atMs: number): number {
  return Math.ceil(atMs / GRID_MS) * GRID_MS;
}

function count(track: Track, probe: Probe, outcome: ProbeOutcome): Track {
  const dueAtMs = onGrid(Math.max(outcome.dueAtMs + probe.periodSeconds * 1000, outcome.atMs));
  const isGood = outcome.isServing && outcome.latencyMs <= probe.timeoutSeconds * 1000;
  if (isGood) return { dueAtMs, successes: track.successes + 1, failures: 0 };
  if (outcome.isLagged) return { ...track, dueAtMs };
  return { dueAtMs, successes: 0, failures: track.failures + 1 };
}

interface ReadinessContext {
  readonly probe: Probe;
  readonly outcome: ProbeOutcome;
}

function readinessVerdict(before: Verdict, track: Track, context: ReadinessContext): Verdict {
  const { probe, outcome } = context;
  if (track.successes >= probe.successThreshold) return { state: "ready", reason: "", message: "" };
  if (track.failures >= probe.failureThreshold) {
    const message = `the readiness probe failed ${track.failures} times in a row: ${outcome.message}`;
    return { state: "notReady", reason: "", message };
  }
  if (before.state === "starting" && track.successes > 0) {
    const message = `${track.successes} of ${probe.successThreshold} successful readiness probes`;
    return { state: "starting", reason: "", message };
  }
  return before;
}
