import type { ObjectKey } from "../../src/api/key.ts";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { PortunixError } from "../../src/base/errors.ts";
import type { InstanceState, ObservedInstance } from "../../src/plan/snapshot.ts";
import type {
  HostState,
  InstallRequest,
  ResolvedSource,
  StartRequest,
  StopRequest,
} from "../../src/reconcile/ports.ts";
import type { FakeClock } from "./fake-clock.ts";
import { type Behaviour, type SimPackage, digestText } from "./sim-package.ts";

const STARTUP_DEADLINE_MS = 30_000;
const FLAP_MS = 3_000;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A process, with what it was really started from. */
export interface SimInstance extends Mutable<ObservedInstance> {
  /** Package digest and configuration on disk at the time of its start. */
  readonly born: string;
  readonly bornAtMs: number;
  readonly stopTakesMs: number;
}

export interface SimPlugin {
  installed:
    | { readonly name: string; readonly version: string; readonly digest: string }
    | undefined;
  isEnabled: boolean;
  config: string;
  instances: SimInstance[];
  sequence: number;
}

export interface SimHostOptions {
  readonly clock: FakeClock;
  /** The behaviour of the next process of this plugin. */
  readonly nextBehaviour: (key: ObjectKey) => Behaviour;
  readonly onChange: (state: HostState) => void;
}

/** What the gateway, the manager and the operating system hold: it outlives the controller. Idempotent, as promised. */
export class SimHost {
  readonly packages = new Map<string, SimPackage>();
  readonly plugins = new Map<ObjectKey, SimPlugin>();
  readonly #options: SimHostOptions;
  #sequence = 0;
  #launches = 0;

  constructor(options: SimHostOptions) {
    this.#options = options;
  }

  resolve(sourcePath: string): ResolvedSource {
    const found = this.packages.get(sourcePath);
    if (found === undefined || !found.isReadable) {
      throw new PortunixError("PackageNotFound", `no package at ${sourcePath}`);
    }
    return found.source;
  }

  install({ key, sourcePath, digest }: InstallRequest): HostState {
    const source = this.resolve(sourcePath);
    if (source.digest !== digest) {
      throw new PortunixError("Conflict", `the content of ${sourcePath} has changed meanwhile`);
    }
    const { name, version } = source;
    return this.#change(key, (plugin) => {
      if (plugin.installed?.digest === digest) return false;
      plugin.installed = { name, version, digest };
      return true;
    });
  }

  uninstall(key: ObjectKey): HostState {
    this.#refuseWhileLiving(key);
    return this.#change(key, (plugin) => {
      const isThere = plugin.installed !== undefined || plugin.config !== "" || plugin.isEnabled;
      Object.assign(plugin, { installed: undefined, config: "", isEnabled: false, instances: [] });
      return isThere;
    });
  }

  enable(key: ObjectKey): HostState {
    if (this.plugins.get(key)?.installed === undefined) {
      throw new PortunixError("Conflict", `${key} is not installed`);
    }
    return this.#change(key, (plugin) => {
      const isChanged = !plugin.isEnabled;
      plugin.isEnabled = true;
      return isChanged;
    });
  }

  disable(key: ObjectKey): HostState {
    this.#refuseWhileLiving(key);
    return this.#change(key, (plugin) => {
      const isChanged = plugin.isEnabled;
      plugin.isEnabled = false;
      return isChanged;
    });
  }

  configure(key: ObjectKey, config: Readonly<Record<string, unknown>>): HostState {
    return this.#change(key, (plugin) => {
      const text = canonicalJson(config);
      const isChanged = plugin.config !== text;
      plugin.config = text;
      return isChanged;
    });
  }

  start({ key, ordinal, revision }: StartRequest): HostState {
    const plugin = this.plugins.get(key);
    if (plugin?.installed === undefined || !plugin.isEnabled) {
      throw new PortunixError("Conflict", `${key} is not installed and enabled`);
    }
    const living = plugin.instances.find(
      (instance) => instance.ordinal === ordinal && instance.state !== "exited",
    );
    if (living !== undefined && living.revision !== revision) {
      throw new PortunixError("InstanceBusy", `${key} has another instance ${ordinal}`);
    }
    if (living !== undefined) return this.stateOf(key);
    return this.#change(key, () => {
      plugin.instances.push(this.#launch(key, plugin, { ordinal, revision }));
      return true;
    });
  }

  stop({ key, instanceId, gracePeriodSeconds }: StopRequest): HostState {
    const instance = this.#find(key, instanceId);
    if (instance === undefined) return this.stateOf(key);
    if (instance.state === "exited") {
      return this.#change(key, (plugin) => {
        plugin.instances = plugin.instances.filter(({ id }) => id !== instanceId);
        return true;
      });
    }
    if (instance.state === "stopping") return this.stateOf(key);
    const takesMs = Math.min(instance.stopTakesMs, gracePeriodSeconds * 1000);
    this.#options.clock.after(takesMs, () =>
      this.exit(key, instanceId, { code: 0, reason: "Stopped" }),
    );
    return this.#move(key, instance, { state: "stopping" });
  }

  /** The process ends, by itself or by somebody's hand. */
  exit(key: ObjectKey, instanceId: string, end: { code: number; reason: string }): void {
    const instance = this.#find(key, instanceId);
    if (instance === undefined || instance.state === "exited") return;
    this.#move(key, instance, {
      state: "exited",
      exitedAtMs: this.#options.clock.nowMs(),
      exit: { code: end.code, signal: undefined },
      reason: end.reason,
    });
  }

  /** Somebody else takes the plugin out of enabled/. */
  tamper(key: ObjectKey): void {
    if (this.plugins.get(key)?.isEnabled !== true) return;
    this.#change(key, (plugin) => {
      plugin.isEnabled = false;
      return true;
    });
  }

  list(): HostState[] {
    return [...this.plugins.keys()].map((key) => this.stateOf(key));
  }

  living(key: ObjectKey): SimInstance[] {
    return (this.plugins.get(key)?.instances ?? []).filter(({ state }) => state !== "exited");
  }

  find(key: ObjectKey, instanceId: string): SimInstance | undefined {
    return this.#find(key, instanceId);
  }

  stateOf(key: ObjectKey): HostState {
    const plugin = this.plugins.get(key);
    return {
      key,
      sequence: plugin?.sequence ?? this.#sequence,
      observed: {
        state: "known",
        installed: plugin?.installed,
        isEnabled: plugin?.isEnabled ?? false,
        configDigest: plugin === undefined || plugin.config === "" ? "" : digestText(plugin.config),
        instances: (plugin?.instances ?? []).map(toObserved),
      },
    };
  }

  #find(key: ObjectKey, instanceId: string): SimInstance | undefined {
    return this.plugins.get(key)?.instances.find(({ id }) => id === instanceId);
  }

  #refuseWhileLiving(key: ObjectKey): void {
    if (this.living(key).length > 0) {
      throw new PortunixError("InstanceBusy", `${key} still has instances`);
    }
  }

  #launch(
    key: ObjectKey,
    plugin: SimPlugin,
    what: { ordinal: number; revision: string },
  ): SimInstance {
    this.#launches += 1;
    const { clock, nextBehaviour } = this.#options;
    const behaviour = nextBehaviour(key);
    const id = this.#launches.toString(16).padStart(8, "0");
    clock.after(behaviour.launchAfterMs, () => this.#begin(key, id, behaviour));
    return {
      id,
      ...what,
      state: "queued",
      pid: undefined,
      address: "",
      startedAtMs: undefined,
      readyAtMs: undefined,
      exitedAtMs: undefined,
      exit: undefined,
      reason: "",
      message: "",
      born: `${plugin.installed?.digest} ${plugin.config}`,
      bornAtMs: clock.monotonicMs(),
      stopTakesMs: behaviour.stopTakesMs,
    };
  }

  #begin(key: ObjectKey, id: string, behaviour: Behaviour): void {
    const { clock } = this.#options;
    const become = (state: InstanceState, from: readonly InstanceState[], reason = ""): void => {
      const instance = this.#find(key, id);
      if (instance === undefined || !from.includes(instance.state)) return;
      const readyAtMs = instance.readyAtMs ?? (state === "ready" ? clock.nowMs() : undefined);
      this.#move(key, instance, { state, reason, readyAtMs });
    };
    const later = (delayMs: number | undefined, run: () => void): void => {
      if (delayMs !== undefined) clock.after(delayMs, run);
    };
    const instance = this.#find(key, id);
    if (instance?.state !== "queued") return;
    this.#move(key, instance, {
      state: "starting",
      startedAtMs: clock.nowMs(),
      pid: 1000 + this.#sequence,
    });
    later(behaviour.readyAfterMs, () => become("ready", ["starting"]));
    later(behaviour.readyAfterMs === undefined ? STARTUP_DEADLINE_MS : undefined, () =>
      become("unhealthy", ["starting"], "StartupProbeFailed"),
    );
    later(behaviour.flapsAfterMs, () => become("notReady", ["ready"]));
    later(behaviour.flapsAfterMs === undefined ? undefined : behaviour.flapsAfterMs + FLAP_MS, () =>
      become("ready", ["notReady"]),
    );
    later(behaviour.hangsAfterMs, () =>
      become("unhealthy", ["ready", "notReady"], "LivenessProbeFailed"),
    );
    later(behaviour.exitsAfterMs, () =>
      this.exit(key, id, { code: behaviour.exitCode, reason: "Exited" }),
    );
  }

  #move(key: ObjectKey, instance: SimInstance, change: Partial<SimInstance>): HostState {
    return this.#change(key, () => {
      Object.assign(instance, change);
      return true;
    });
  }

  #change(key: ObjectKey, apply: (plugin: SimPlugin) => boolean): HostState {
    const plugin = this.plugins.get(key) ?? emptyPlugin();
    if (!apply(plugin)) return this.stateOf(key);
    this.plugins.set(key, plugin);
    this.#sequence += 1;
    plugin.sequence = this.#sequence;
    const state = this.stateOf(key);
    if (isEmpty(plugin)) this.plugins.delete(key);
    this.#options.onChange(state);
    return state;
  }
}

function emptyPlugin(): SimPlugin {
  return { installed: undefined, isEnabled: false, config: "", instances: [], sequence: 0 };
}

function isEmpty({ installed, isEnabled, config, instances }: SimPlugin): boolean {
  return installed === undefined && !isEnabled && config === "" && instances.length === 0;
}

function toObserved(instance: SimInstance): ObservedInstance {
  const { born: _born, bornAtMs: _bornAtMs, stopTakesMs: _stopTakesMs, ...observed } = instance;
  return observed;
}
