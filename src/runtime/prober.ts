import type { Clock, Timer } from "../base/clock.ts";
import type { Probes } from "../api/plugin.ts";
import type { Verdict } from "./instance.ts";
import type { HealthAnswer, InfoAnswer, PluginClient } from "./plugin-client.ts";
import { afterProbe, beginProbes, failProbes, nextProbe, type ProbeState } from "./probe-state.ts";

export interface ProberOptions {
  readonly clock: Clock;
  readonly client: PluginClient;
  readonly probes: Probes;
  readonly jitter: number;
  readonly hasBeenReady: boolean;
  /** The names a plugin may give itself, and the version it must say. */
  readonly expected: { readonly names: readonly string[]; readonly version: string };
  readonly onVerdict: (verdict: Verdict) => void;
}

/** A timer that fires later than this proves that the host was too busy to judge anyone. */
const LAG_MAX_MS = 1000;

/** A plugin that is coming up is not worth a word on each knock at its door. */
const QUIET_START_MS = 1500;

/** Asks one plugin for its health at the times that `probe-state` says. One question at a time. */
export class Prober {
  readonly #options: ProberOptions;
  #state: ProbeState;
  #timer: Timer | undefined;
  #isIdentityKnown = false;
  #isStopped = false;
  readonly #begunAtMs: number;
  #reported: Verdict | undefined;

  constructor(options: ProberOptions) {
    const { clock, jitter, hasBeenReady } = options;
    this.#options = options;
    const nowMs = clock.monotonicMs();
    this.#begunAtMs = nowMs;
    this.#state = beginProbes(options.probes, { nowMs, jitter, hasBeenReady });
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    const { clock, probes } = this.#options;
    const next = nextProbe(this.#state, probes);
    if (next === undefined || this.#isStopped) return;
    const delayMs = Math.max(0, next.dueAtMs - clock.monotonicMs());
    this.#timer = clock.after(delayMs, () => void this.#round(next.dueAtMs, next.timeoutMs));
  }

  async #round(dueAtMs: number, timeoutMs: number): Promise<void> {
    const { clock, probes } = this.#options;
    const begunAtMs = clock.monotonicMs();
    const { answer, mismatch } = await this.#ask(timeoutMs);
    if (this.#isStopped) return;
    const atMs = clock.monotonicMs();
    const isLagged = begunAtMs - dueAtMs > LAG_MAX_MS || atMs - begunAtMs > timeoutMs + LAG_MAX_MS;
    const before = this.#reported ?? this.#state.verdict;
    this.#state =
      mismatch === undefined
        ? afterProbe(this.#state, probes, { ...answer, dueAtMs, atMs, isLagged })
        : failProbes(this.#state, "InfoMismatch", mismatch);
    const { verdict } = this.#state;
    const isEarly = atMs - this.#begunAtMs < QUIET_START_MS && before.state === verdict.state;
    if (!isSame(before, verdict) && !(isEarly && verdict.state === "starting")) {
      this.#reported = verdict;
      this.#options.onVerdict(verdict);
    } else {
      this.#reported ??= before;
    }
    this.#schedule();
  }

  /** The first time that it serves, it must also say who it is. */
  async #ask(timeoutMs: number): Promise<{ answer: HealthAnswer; mismatch: string | undefined }> {
    const { client } = this.#options;
    const answer = await client.checkHealth(timeoutMs);
    if (!answer.isServing || this.#isIdentityKnown) return { answer, mismatch: undefined };
    const info = await client.getInfo(timeoutMs);
    if (info.kind === "failed") {
      const message = `it serves, but does not answer GetInfo: ${info.message}`;
      return { answer: { ...answer, isServing: false, message }, mismatch: undefined };
    }
    const mismatch = this.#mismatch(info);
    this.#isIdentityKnown = mismatch === undefined;
    return { answer, mismatch };
  }

  #mismatch(answer: InfoAnswer): string | undefined {
    if (answer.kind !== "info") return undefined;
    const { name, version } = answer.info;
    const { expected } = this.#options;
    const isName = name === "" || expected.names.includes(name);
    const isVersion = version === "" || version === expected.version;
    if (isName && isVersion) return undefined;
    return `it says that it is ${name} ${version}, but its package is ${expected.names[0]} ${expected.version}; correct one of the two and install it again`;
  }
}

function isSame(a: Verdict, b: Verdict): boolean {
  return a.state === b.state && a.reason === b.reason && a.message === b.message;
}
