import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { PluginHost, ResolvedSource } from "./ports.ts";

/** What a source path holds, or why it cannot be told. */
export type Resolution =
  | { readonly state: "resolved"; readonly source: ResolvedSource }
  | { readonly state: "unresolved"; readonly code: ErrorCode; readonly message: string };

/** How long an answer holds. A change of a spec does not wait for it: see {@link PackageCache.invalidate}. */
const RESOLVED_FOR_MS = 10_000;
const UNRESOLVED_FOR_MS = 1_000;
/** A source on a file system that hangs must not hold the plugin up for ever. */
const RESOLVE_TIMEOUT_MS = 30_000;
/** Source paths that are remembered; the oldest goes first. */
const MAX_ENTRIES = 4096;

interface Entry {
  readonly resolution: Promise<Resolution>;
  /** Cuts the question short once nobody waits for its answer. */
  readonly abort: AbortController;
  waiting: number;
  /** On the monotonic clock, ms; undefined while the answer is under way. */
  staleAtMs: number | undefined;
}

/**
 * Asks the gateway what a source path holds: one question at a time per path, however many
 * plugins run that package, and its answer is kept for a short time.
 */
export class PackageCache {
  readonly #host: Pick<PluginHost, "resolve">;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(host: Pick<PluginHost, "resolve">, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Rejects only when `signal` is aborted; others that wait for the same answer still get it. */
  async resolve(sourcePath: string, signal: AbortSignal): Promise<Resolution> {
    signal.throwIfAborted();
    const entry = this.#freshEntry(sourcePath) ?? this.#ask(sourcePath);
    if (entry.staleAtMs !== undefined) return entry.resolution;
    entry.waiting += 1;
    try {
      return await raceAbort(entry.resolution, signal);
    } finally {
      entry.waiting -= 1;
      if (entry.waiting === 0 && entry.staleAtMs === undefined) {
        entry.abort.abort();
        this.#drop(sourcePath, entry);
      }
    }
  }

  /** Lets the next question about the path go to the gateway. */
  invalidate(sourcePath: string): void {
    this.#entries.delete(sourcePath);
  }

  /** Lets every next question go to the gateway. */
  invalidateAll(): void {
    this.#entries.clear();
  }

  #freshEntry(sourcePath: string): Entry | undefined {
    const entry = this.#entries.get(sourcePath);
    const isFresh = entry?.staleAtMs === undefined || entry.staleAtMs > this.#clock.monotonicMs();
    return isFresh ? entry : undefined;
  }

  #ask(sourcePath: string): Entry {
    const abort = new AbortController();
    const deadline = this.#clock.after(RESOLVE_TIMEOUT_MS, () =>
      abort.abort(new PortunixError("PluginUnavailable", `reading ${sourcePath} takes too long`)),
    );
    const answer = raceAbort(this.#host.resolve(sourcePath, abort.signal), abort.signal);
    const entry: Entry = {
      resolution: answer.then(toResolved, toUnresolved),
      abort,
      waiting: 0,
      staleAtMs: undefined,
    };
    void entry.resolution.then(({ state }) => {
      deadline.cancel();
      const forMs = state === "resolved" ? RESOLVED_FOR_MS : UNRESOLVED_FOR_MS;
      entry.staleAtMs = this.#clock.monotonicMs() + forMs;
    });
    this.#entries.delete(sourcePath);
    this.#entries.set(sourcePath, entry);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > MAX_ENTRIES) this.#entries.delete(oldest);
    return entry;
  }

  #drop(sourcePath: string, entry: Entry): void {
    if (this.#entries.get(sourcePath) === entry) this.#entries.delete(sourcePath);
  }
}

function toResolved(source: ResolvedSource): Resolution {
  return { state: "resolved", source };
}

function toUnresolved(thrown: unknown): Resolution {
  const { code, message } = PortunixError.from(thrown);
  return { state: "unresolved", code, message };
}

async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(PortunixError.from(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
