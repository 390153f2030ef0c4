import type { ObjectKey } from "../../src/api/key.ts";
import type { Clock } from "../../src/base/clock.ts";
import { PortunixError } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { type Controller, createController } from "../../src/reconcile/controller.ts";
import type {
  ConfigObjectRef,
  HostState,
  HostWatchHandlers,
  PluginChange,
  PluginHost,
  PluginStore,
} from "../../src/reconcile/ports.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { SimHost } from "./sim-host.ts";
import type { Scenario } from "./sim-scenario.ts";
import type { SimStore } from "./sim-store.ts";

/** One action as the controller asks for it, before it is performed. */
export interface AskedAction {
  /** The action's type; a stop with its reason, `stop:Deleted`. */
  readonly type: string;
  readonly key: ObjectKey;
  readonly instanceId: string | undefined;
}

/** What a life of the controller takes place in. */
export interface Surroundings {
  readonly clock: FakeClock;
  readonly host: SimHost;
  readonly store: SimStore;
  readonly scenario: Scenario;
  readonly violations: string[];
  note(action: AskedAction): void;
  /** Called after each durable effect. @returns Whether the controller has died of it. */
  countEffect(): boolean;
  chance(probability: number): boolean;
}

/** One life of the controller: its ports stop working the moment it is killed. */
export class SimController {
  isAlive = true;
  readonly controller: Controller;
  readonly #world: Surroundings;
  #watch: { readonly handlers: HostWatchHandlers; readonly end: () => void } | undefined;
  #onPlugin: (change: PluginChange) => void = () => {};
  #onConfig: (object: ConfigObjectRef) => void = () => {};

  constructor(world: Surroundings) {
    this.#world = world;
    this.controller = createController({
      store: this.#store(),
      host: this.#host(),
      clock: this.#clock(),
      logger: {
        ...silentLogger,
        error: (fields) => {
          if (this.isAlive) world.violations.push(`reconcile failed: ${JSON.stringify(fields)}`);
        },
      },
      changes: {
        watchPlugins: (listener) => {
          this.#onPlugin = listener;
          return () => {};
        },
        watchConfigObjects: (listener) => {
          this.#onConfig = listener;
          return () => {};
        },
      },
      workers: 3,
    });
  }

  onPluginChange(change: PluginChange): void {
    this.#onPlugin(change);
  }

  onConfigObject(object: ConfigObjectRef): void {
    this.#onConfig(object);
  }

  onHostState(state: HostState): void {
    this.#watch?.handlers.onState(state);
  }

  breakWatch(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    watch?.end();
  }

  #clock(): Clock {
    const { clock } = this.#world;
    return {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, run) =>
        clock.after(delayMs, () => {
          if (this.isAlive) run();
        }),
    };
  }

  /** A write either reaches the disk whole or not at all; the controller may die right after it. */
  #store(): PluginStore {
    const { store } = this.#world;
    const effect = <T>(write: () => T): T => {
      if (!this.isAlive) throw new Error("killed");
      const result = write();
      if (result !== false && this.#world.countEffect()) throw new Error("killed");
      return result;
    };
    return {
      get: (key) => store.get(key),
      list: () => store.list(),
      getObject: (...ref) => store.getObject(...ref),
      getMemory: (key) => store.getMemory(key),
      sourceProblem: () => undefined,
      ownershipConflict: () => undefined,
      recordEvent: (event) => {
        if (this.isAlive) store.recordEvent(event);
      },
      saveDecision: (...decision) => void effect(() => store.saveDecision(...decision)),
      forgetMemory: (key) => effect(() => store.forgetMemory(key)),
      removeFinalizer: (key, uid) => {
        this.#world.note({ key, type: "finalize", instanceId: undefined });
        effect(() => store.removeFinalizer(key, uid));
      },
    };
  }

  #host(): PluginHost {
    const { host } = this.#world;
    const readTime = (path: string) => host.packages.get(path)?.readTakesMs ?? 1;
    const act = (
      type: string,
      key: ObjectKey,
      run: () => HostState,
      { instanceId, ...how }: { instanceId?: string; takesMs?: number; signal?: AbortSignal } = {},
    ) => {
      this.#world.note({ key, type, instanceId });
      return this.#call(run, { isEffect: true, ...how });
    };
    return {
      resolve: (path, signal) =>
        this.#call(() => host.resolve(path), { isEffect: false, takesMs: readTime(path), signal }),
      install: (request, signal) =>
        act("install", request.key, () => host.install(request), {
          takesMs: readTime(request.sourcePath),
          signal,
        }),
      uninstall: (key) => act("uninstall", key, () => host.uninstall(key)),
      enable: (key) => act("enable", key, () => host.enable(key)),
      disable: (key) => act("disable", key, () => host.disable(key)),
      configure: (key, config) => act("configure", key, () => host.configure(key, config)),
      start: (request) => act("start", request.key, () => host.start(request)),
      stop: (request) =>
        act(
          request.reason === "Exited" ? "forget" : `stop:${request.reason}`,
          request.key,
          () => host.stop(request),
          { instanceId: request.instanceId },
        ),
      list: () => this.#call(() => host.list(), { isEffect: false }),
      watch: (handlers, signal) => this.#startWatch(handlers, signal),
    };
  }

  /** A call over the wire: it takes time, may fail on either side of its effect, and never answers the dead. */
  #call<T>(
    run: () => T,
    {
      isEffect,
      takesMs = 1,
      signal,
    }: { isEffect: boolean; takesMs?: number; signal?: AbortSignal },
  ): Promise<T> {
    const world = this.#world;
    return new Promise<T>((resolve, reject) => {
      const fail = (): void => reject(new PortunixError("PluginUnavailable", "the wire broke"));
      const perform = (): void => {
        if (!this.isAlive || signal?.aborted === true) return;
        if (world.chance(world.scenario.faults.failAction)) return fail();
        try {
          const result = run();
          if (isEffect && world.countEffect()) return undefined;
          const isLost = world.chance(world.scenario.faults.failAction / 2);
          world.clock.after(1, () => {
            if (this.isAlive) (isLost ? fail : () => resolve(result))();
          });
        } catch (thrown) {
          reject(thrown);
        }
        return undefined;
      };
      const timer = world.clock.after(takesMs, perform);
      signal?.addEventListener("abort", () => {
        timer.cancel();
        fail();
      });
    });
  }

  #startWatch(handlers: HostWatchHandlers, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#world.clock.after(1, () => {
        if (!this.isAlive || signal.aborted) return;
        this.#watch = { handlers, end: resolve };
        for (const state of this.#world.host.list()) handlers.onState(state);
        handlers.onSynced();
      });
      signal.addEventListener("abort", () => resolve());
    });
  }
}
