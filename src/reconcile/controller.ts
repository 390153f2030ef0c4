import { setMaxListeners } from "node:events";
import type { ObjectKey } from "../api/key.ts";
import { jitterOf } from "../base/backoff.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { Dependencies, keyOf } from "./dependencies.ts";
import { type KnownState, ObservedCache, livingOf } from "./observed-cache.ts";
import { PackageCache } from "./package-cache.ts";
import { configObjectsOf } from "./plugin-config.ts";
import type {
  ConfigObjectRef,
  PluginChange,
  PluginChanges,
  PluginHost,
  PluginStore,
} from "./ports.ts";
import { WorkQueue } from "./queue.ts";
import { type Reconciler, type Requeue, createReconciler, versionOf } from "./reconciler.ts";
import { createSnapshotReader } from "./snapshot-reader.ts";

export interface ControllerOptions {
  readonly store: PluginStore;
  readonly host: PluginHost;
  readonly changes: PluginChanges;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Plugins worked on at one time; an integer from 1. Default 16. */
  readonly workers?: number;
}

/** Keeps every Plugin as it is desired, from `start` until `stop`. */
export interface Controller {
  start(): void;
  /** Begins nothing more and resolves once nothing is under way. Plugins go on running. */
  stop(): Promise<void>;
  /** Reads every package anew, and resolves once each plugin has been decided on with what was found. */
  refresh(): Promise<void>;
  /** Looks at a plugin now. For what the watches do not tell, such as a fault in its source. */
  wake(key: ObjectKey): void;
}

export function createController(options: ControllerOptions): Controller {
  return new PluginController(options);
}

/** Every object is looked at again this often, +-10 %, though nothing seems to have happened. */
const RESYNC_MS = 60_000;
/** How long the gateway may be away before the statuses say so. */
const UNKNOWN_GRACE_MS = 5_000;
/** Changes that come together are carried to their neighbours together. */
const NEIGHBOURS_DELAY_MS = 5;
const DEFAULT_WORKERS = 16;

class PluginController implements Controller {
  readonly #options: ControllerOptions;
  readonly #stopping = new AbortController();
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #cache: ObservedCache;
  readonly #packages: PackageCache;
  readonly #dependencies: Dependencies;
  readonly #reconcile: Reconciler;
  readonly #inFlight = new Map<
    ObjectKey,
    { readonly version: string; readonly abort: AbortController }
  >();
  /** Changed keys whose neighbours are to be woken; true when their spec, and so the graph, has changed. */
  readonly #changed = new Map<ObjectKey, boolean>();
  readonly #timers = new Map<"relist" | "grace" | "neighbours", Timer>();
  /** Told when a piece of work on the key that begins from now on has ended. */
  readonly #waiting = new Map<ObjectKey, (() => void)[]>();
  #unwatch: readonly (() => void)[] = [];

  constructor(options: ControllerOptions) {
    const { store, host, clock, logger, workers = DEFAULT_WORKERS } = options;
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal);
    this.#queue = new WorkQueue({
      clock,
      workers,
      work: (key) => this.#work(key),
      onPanic: (key, thrown) => this.#onPanic(key, thrown),
    });
    this.#cache = new ObservedCache({
      host,
      clock,
      logger,
      onChange: (key, before, after) => this.#onObserved(key, before, after),
      onSynced: () => this.#wakeAll(),
      onBroken: () => this.#after("grace", UNKNOWN_GRACE_MS, () => this.#wakeAll()),
    });
    const observe = (key: ObjectKey) => this.#cache.get(key);
    this.#packages = new PackageCache(host, clock);
    this.#dependencies = new Dependencies({ store, observe });
    this.#reconcile = createReconciler({
      ...options,
      read: createSnapshotReader({
        store,
        clock,
        observe,
        packages: this.#packages,
        dependencies: this.#dependencies,
      }),
      onState: (state) => this.#cache.take(state),
      onNotInstalled: (sourcePath) => this.#packages.invalidate(sourcePath),
      onReadyChanged: (key) => this.#wakeNeighbours(key, false),
      stopping: this.#stopping.signal,
    });
  }

  start(): void {
    const { changes } = this.#options;
    this.#unwatch = [
      changes.watchPlugins((change) => this.#onPluginChange(change)),
      changes.watchConfigObjects((object) => this.#onConfigObject(object)),
    ];
    this.#after("grace", UNKNOWN_GRACE_MS, () => this.#wakeAll());
    this.#scheduleRelist();
    this.#cache.start();
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#stopping.abort(new PortunixError("PluginUnavailable", "the controller is stopping"));
    this.#cache.stop();
    for (const { abort } of this.#inFlight.values()) abort.abort();
    await this.#queue.shutDown();
    for (const tell of [...this.#waiting.values()].flat()) tell();
    this.#waiting.clear();
  }

  async refresh(): Promise<void> {
    this.#packages.invalidateAll();
    const decided = this.#options.store.list().map((plugin) => {
      const key = keyOf(plugin);
      const told = new Promise<void>((tell) => {
        this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), tell]);
      });
      this.#queue.add(key);
      return told;
    });
    await Promise.all(decided);
  }

  wake(key: ObjectKey): void {
    this.#queue.add(key);
  }

  async #work(key: ObjectKey): Promise<void> {
    const abort = new AbortController();
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    this.#inFlight.set(key, { version: versionOf(this.#options.store.get(key)), abort });
    try {
      this.#requeue(key, await this.#reconcile(key, abort.signal));
    } catch (thrown) {
      // The newer spec that cut it short has put the key back already.
      if (!abort.signal.aborted) throw thrown;
    } finally {
      this.#inFlight.delete(key);
      for (const tell of waiting) tell();
    }
  }

  #requeue(key: ObjectKey, requeue: Requeue): void {
    switch (requeue.kind) {
      case "forget":
        this.#queue.forget(key);
        this.#dependencies.forget(key);
        this.#options.store.forgetMemory(key);
        return;
      case "now":
        this.#queue.forget(key);
        this.#queue.add(key);
        return;
      case "backoff":
        this.#queue.addRateLimited(key);
        return;
      case "at":
        this.#queue.forget(key);
        this.#queue.addAfter(key, Math.min(requeue.delayMs ?? Infinity, this.#resyncMs(key)));
        return;
    }
  }

  /** A fault of ours: this key is tried again later, all others go on. */
  #onPanic(key: ObjectKey, thrown: unknown): void {
    const { message, stack } = PortunixError.from(thrown);
    const cause = thrown instanceof Error ? thrown.stack : stack;
    this.#options.logger.error({ key, error: message, stack: cause }, "reconcile failed");
    this.#queue.addRateLimited(key);
  }

  #onPluginChange({ key, isStatusOnly }: PluginChange): void {
    if (isStatusOnly) return;
    const plugin = this.#options.store.get(key);
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined && inFlight.version !== versionOf(plugin)) {
      inFlight.abort.abort(new PortunixError("Conflict", `${key} has changed meanwhile`));
    }
    // An edit may go with an edit of the package; new objects that come together may share an answer.
    if (plugin !== undefined && plugin.metadata.generation > 1) {
      this.#packages.invalidate(plugin.spec.source.path);
    }
    this.#queue.forget(key);
    this.#queue.add(key);
    this.#wakeNeighbours(key, true);
  }

  #onConfigObject(changed: ConfigObjectRef): void {
    for (const plugin of this.#options.store.list()) {
      const isUsed = configObjectsOf(plugin).some(
        ({ kind, namespace, name }) =>
          kind === changed.kind && namespace === changed.namespace && name === changed.name,
      );
      if (isUsed) this.#queue.add(keyOf(plugin));
    }
  }

  #onObserved(key: ObjectKey, before: KnownState, after: KnownState): void {
    this.#queue.add(key);
    if (neighbourFacts(before) !== neighbourFacts(after)) this.#wakeNeighbours(key, false);
  }

  #wakeNeighbours(key: ObjectKey, hasSpecChanged: boolean): void {
    this.#changed.set(key, hasSpecChanged || this.#changed.get(key) === true);
    if (this.#timers.has("neighbours")) return;
    this.#after("neighbours", NEIGHBOURS_DELAY_MS, () => {
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const isTransitive of [false, true]) {
        const keys = changed.filter(([, isSpec]) => isSpec === isTransitive).map(([each]) => each);
        if (keys.length === 0) continue;
        for (const each of this.#dependencies.neighboursOf(keys, isTransitive))
          this.#queue.add(each);
      }
    });
  }

  #wakeAll(): void {
    for (const plugin of this.#options.store.list()) this.#queue.add(keyOf(plugin));
    // What is there of objects that are not: orphans.
    for (const key of this.#cache.keys()) this.#queue.add(key);
  }

  /** Finds what the watches have lost: of the host by a full list, of the store by keys that nobody has looked at. */
  #scheduleRelist(): void {
    this.#after("relist", this.#resyncMs("relist"), () => {
      this.#scheduleRelist();
      void this.#cache.relist(this.#stopping.signal).catch((thrown: unknown) => {
        const { message } = PortunixError.from(thrown);
        this.#options.logger.warn({ error: message }, "could not list the gateway's plugins");
      });
      const keys = [...this.#options.store.list().map(keyOf), ...this.#cache.keys()];
      for (const key of keys) if (!this.#queue.isScheduled(key)) this.#queue.add(key);
    });
  }

  #resyncMs(salt: string): number {
    const jitter = jitterOf(`${salt}@${this.#options.clock.nowMs()}`);
    return RESYNC_MS * (0.9 + 0.2 * jitter);
  }

  #after(name: "relist" | "grace" | "neighbours", delayMs: number, run: () => void): void {
    this.#timers.get(name)?.cancel();
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(name);
      run();
    });
    this.#timers.set(name, timer);
  }
}

/** What others can depend on, as text. */
function neighbourFacts(state: KnownState): string {
  const isLiving = livingOf(state).length > 0;
  const isStarted = state.instances.some(
    ({ state: each }) => each !== "queued" && each !== "exited",
  );
  const isReady = state.instances.some(({ state: each }) => each === "ready");
  return `${isLiving} ${isStarted} ${isReady} ${state.installed?.name} ${state.installed?.version}`;
}
