import type { ObjectKey } from "../api/key.ts";
import { isSameJson } from "../base/canonical-json.ts";
import type { ObservedPlugin, PluginState } from "./ports.ts";

export type StateListener = (state: PluginState) => void;

/** Microseconds leave room for a thousand changes a millisecond before two daemons' numbers could meet. */
const SEQUENCE_PER_MS = 1000;

/**
 * The newest state of every plugin, each with the number of its change; a state that says the same
 * again is no change.
 */
export class StateFeed {
  readonly #states = new Map<ObjectKey, PluginState>();
  readonly #listeners = new Set<StateListener>();
  #sequence: number;

  /** @param startMs - Unix epoch, ms: numbers begin there, so that they also rise over a restart. */
  constructor(startMs: number) {
    this.#sequence = Math.trunc(startMs) * SEQUENCE_PER_MS;
  }

  /** Everything of which something is there. */
  list(): readonly PluginState[] {
    return [...this.#states.values()];
  }

  /** Plugins of which something is there, by what was last told. */
  keys(): Iterable<ObjectKey> {
    return this.#states.keys();
  }

  /** Takes what is observed now, tells it when it is new, and gives the state that stands. */
  publish(key: ObjectKey, observed: ObservedPlugin): PluginState {
    const previous = this.#states.get(key);
    const isEmpty = isNothing(observed);
    if (previous !== undefined && isSameJson(previous.observed, observed)) return previous;
    if (previous === undefined && isEmpty) return { key, sequence: this.#sequence, observed };
    this.#sequence += 1;
    const state: PluginState = { key, sequence: this.#sequence, observed };
    if (isEmpty) this.#states.delete(key);
    else this.#states.set(key, state);
    for (const listener of this.#listeners) listener(state);
    return state;
  }

  /** @returns Ends the subscription. */
  subscribe(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

function isNothing({ installed, isEnabled, configDigest, instances }: ObservedPlugin): boolean {
  return installed === undefined && !isEnabled && configDigest === "" && instances.length === 0;
}
