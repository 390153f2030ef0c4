import type { ObjectKey } from "../api/key.ts";
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { PortunixError } from "../base/errors.ts";
import type { Observed } from "../plan/snapshot.ts";
import type { HostState, PluginHost } from "./ports.ts";

export interface ObservedCacheOptions {
  readonly host: PluginHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is known of a plugin has changed. Not called between a break and the next sync. */
  readonly onChange: (key: ObjectKey, before: KnownState, after: KnownState) => void;
  /** The whole state is known, at first or again. */
  readonly onSynced: () => void;
  /** What was known is not trusted any more, until the next sync. */
  readonly onBroken: () => void;
}

export type KnownState = HostState["observed"];

const RECONNECT_INITIAL_DELAY_MS = 100;
const RECONNECT_MAX_DELAY_MS = 5_000;
/** Most plugins that are remembered as gone, so that a late message does not bring them back. */
const MAX_GONE = 1024;

const NOTHING: KnownState = {
  state: "known",
  installed: undefined,
  isEnabled: false,
  configDigest: "",
  instances: [],
};

/**
 * What the gateway has last told of every plugin. A state never replaces a newer one, wherever it
 * comes from: the watch, a full list, or the answer to an action (so that one reads one's own
 * writes). Between a break of the watch and the next sync everything is unknown: an observation
 * that may be out of date must not lead to a stop.
 */
export class ObservedCache {
  readonly #options: ObservedCacheOptions;
  #states = new Map<ObjectKey, HostState>();
  /** Keys whose state says that nothing is there, oldest first. */
  #gone = new Set<ObjectKey>();
  /** A full list has told everything up to this sequence, also what is not there. */
  #floor = -1;
  #isSynced = false;
  #problem = "the gateway has not told its state yet";
  #attempts = 0;
  #reconnect: Timer | undefined;
  #stopping: AbortController | undefined;

  constructor(options: ObservedCacheOptions) {
    this.#options = options;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  start(): void {
    this.#stopping = new AbortController();
    void this.#connect(this.#stopping.signal);
  }

  stop(): void {
    this.#stopping?.abort();
    this.#reconnect?.cancel();
  }

  get(key: ObjectKey): Observed {
    if (!this.#isSynced) return { state: "unknown", message: this.#problem };
    return this.#states.get(key)?.observed ?? NOTHING;
  }

  /** Plugins of which something is there: files, a record or an instance. */
  keys(): ObjectKey[] {
    return [...this.#states].filter(([, state]) => !isGone(state)).map(([key]) => key);
  }

  /**
   * Takes the answer to an action, unless a newer state is known. Before a sync it is left out: the
   * list that is on its way tells it too, and tells what has gone since.
   */
  take(state: HostState): void {
    if (this.#isSynced) this.#takeNewer(state);
  }

  /**
   * Asks for the whole state once more, to find what the watch has lost. A plugin that was known
   * before the question, has not changed since and is not in the answer is gone.
   */
  async relist(signal: AbortSignal): Promise<void> {
    if (!this.#isSynced) return;
    const states = this.#states;
    const before = new Map(states);
    const listed = await this.#options.host.list(signal);
    if (states !== this.#states) return;
    for (const state of listed) this.take(state);
    const present = new Set(listed.map(({ key }) => key));
    for (const [key, state] of before) {
      if (present.has(key) || this.#states.get(key) !== state || isGone(state)) continue;
      this.#set({ ...state, observed: NOTHING }, state);
    }
  }

  #takeNewer(state: HostState): void {
    const previous = this.#states.get(state.key);
    if (state.sequence <= Math.max(this.#floor, previous?.sequence ?? -1)) return;
    this.#set(state, previous);
  }

  #set(state: HostState, previous: HostState | undefined): void {
    this.#states.set(state.key, state);
    this.#gone.delete(state.key);
    if (isGone(state)) this.#rememberGone(state.key);
    if (!this.#isSynced) return;
    this.#options.onChange(state.key, previous?.observed ?? NOTHING, state.observed);
  }

  #rememberGone(key: ObjectKey): void {
    this.#gone.add(key);
    const [oldest] = this.#gone;
    if (oldest === undefined || this.#gone.size <= MAX_GONE) return;
    this.#gone.delete(oldest);
    this.#states.delete(oldest);
  }

  async #connect(signal: AbortSignal): Promise<void> {
    // A new stream may be of a new gateway, whose sequence starts afresh.
    const states = new Map<ObjectKey, HostState>();
    this.#states = states;
    this.#gone = new Set();
    this.#floor = -1;
    const isCurrent = (): boolean => this.#states === states && !signal.aborted;
    const handlers = {
      onState: (state: HostState) => {
        if (isCurrent()) this.#takeNewer(state);
      },
      onSynced: () => {
        if (isCurrent()) this.#sync();
      },
    };
    try {
      await this.#options.host.watch(handlers, signal);
      this.#break("the gateway has ended the watch", signal);
    } catch (thrown) {
      this.#break(PortunixError.from(thrown).message, signal);
    }
  }

  #sync(): void {
    for (const { sequence } of this.#states.values()) {
      this.#floor = Math.max(this.#floor, sequence);
    }
    this.#isSynced = true;
    this.#attempts = 0;
    this.#options.onSynced();
  }

  #break(problem: string, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#isSynced = false;
    this.#states = new Map();
    this.#problem = `the gateway cannot be watched: ${problem}`;
    const delayMs = Math.min(
      RECONNECT_MAX_DELAY_MS,
      RECONNECT_INITIAL_DELAY_MS * 2 ** Math.min(16, this.#attempts),
    );
    this.#attempts += 1;
    this.#options.logger.warn({ problem, delayMs }, "watch of the gateway broke");
    this.#options.onBroken();
    this.#reconnect = this.#options.clock.after(delayMs, () => void this.#connect(signal));
  }
}

/** Instances whose processes exist or will. */
export function livingOf(observed: Observed): readonly KnownState["instances"][number][] {
  if (observed.state === "unknown") return [];
  return observed.instances.filter(({ state }) => state !== "exited");
}

function isGone({ observed }: HostState): boolean {
  const { installed, isEnabled, configDigest, instances } = observed;
  return installed === undefined && !isEnabled && configDigest === "" && instances.length === 0;
}
