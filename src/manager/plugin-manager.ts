import { type ObjectKey, toDiskName } from "../api/key.ts";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import { toStorageError } from "../base/files.ts";
import { KeyedMutex } from "../base/keyed-mutex.ts";
import type { Logger } from "../base/logger.ts";
import { configEnvironment } from "../config/config-environment.ts";
import type { ConfigStore } from "../config/config-store.ts";
import type { PackageContent } from "../registry/package-reader.ts";
import type { Registry } from "../registry/registry.ts";
import type { Instance, LaunchRequest } from "../runtime/instance.ts";
import type {
  InstallRequest,
  InstanceHealth,
  ObservedPlugin,
  PluginState,
  ProcessSupervisor,
  StartRequest,
  StopRequest,
} from "./ports.ts";
import { StateFeed, type StateListener } from "./state-feed.ts";

export interface PluginManagerOptions {
  /** Open. */
  readonly registry: Registry;
  /** Open. */
  readonly config: ConfigStore;
  /** Has taken over what ran before. The caller closes it. */
  readonly supervisor: ProcessSupervisor;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Installs, enables, configures, starts and stops plugins. Every method is idempotent, and refuses
 * what does not fit the present state, so that a request that comes late or twice does no harm.
 * Requests for one plugin are served one by one, those for different ones in parallel.
 */
export class PluginManager {
  readonly #options: PluginManagerOptions;
  readonly #feed: StateFeed;
  readonly #plugins = new KeyedMutex();
  readonly #unsubscribe: () => void;

  constructor(options: PluginManagerOptions) {
    this.#options = options;
    this.#feed = new StateFeed(options.clock.nowMs());
    this.#publishAll();
    this.#unsubscribe = options.supervisor.onChange(({ key }) => this.#onInstanceChange(key));
  }

  /** Stops telling. Processes, and the supervisor, go on. */
  close(): void {
    this.#unsubscribe();
  }

  /** @throws {PortunixError} PackageNotFound, PackageInvalid. */
  async resolve(sourcePath: string, signal: AbortSignal): Promise<PackageContent> {
    try {
      return await this.#options.registry.resolve(sourcePath, signal);
    } catch (thrown) {
      throw toStorageError(`package ${sourcePath}`, thrown);
    }
  }

  /** @throws {PortunixError} PackageNotFound, PackageInvalid, VersionMismatch, Conflict. */
  async install(request: InstallRequest, signal: AbortSignal): Promise<PluginState> {
    return this.#change(request.key, async () => {
      const livingRevisions = this.#livingRevisions(request.key);
      await this.#options.registry.install({ ...request, livingRevisions }, signal);
    });
  }

  /** @throws {PortunixError} InstanceBusy: instances live. */
  async uninstall(key: ObjectKey): Promise<PluginState> {
    return this.#change(key, async () => {
      this.#requireIdle(key, "uninstalled");
      for (const { id } of this.#instances(key)) await this.#forget(id);
      await this.#options.registry.uninstall(key);
      await this.#options.config.remove(key);
    });
  }

  /** @throws {PortunixError} Conflict: not installed. */
  async enable(key: ObjectKey): Promise<PluginState> {
    return this.#change(key, () => this.#options.registry.enable(key));
  }

  /** @throws {PortunixError} InstanceBusy: instances live. */
  async disable(key: ObjectKey): Promise<PluginState> {
    return this.#change(key, async () => {
      this.#requireIdle(key, "disabled");
      await this.#options.registry.disable(key);
    });
  }

  /** @throws {PortunixError} Conflict: not installed. RequestTooLarge: more than 1 MiB. */
  async configure(key: ObjectKey, config: Readonly<Record<string, unknown>>): Promise<PluginState> {
    return this.#change(key, async () => {
      if (this.#options.registry.get(key) === undefined) {
        throw new PortunixError("Conflict", `plugin ${key}: not installed; install it first`);
      }
      await this.#options.config.write(key, config);
    });
  }

  /**
   * @throws {PortunixError} Conflict: not installed, enabled and configured. InstanceBusy: another
   * instance of this ordinal lives, or has ended and is not forgotten yet.
   */
  async start(request: StartRequest): Promise<PluginState> {
    return this.#change(request.key, async () => {
      if (this.#isStarted(request)) return;
      await this.#options.supervisor.start(await this.#toLaunch(request));
    });
  }

  /** Waits for nothing else: a stop must not stand behind a long installation. */
  async stop({ key, instanceId, gracePeriodSeconds, reason }: StopRequest): Promise<PluginState> {
    // An id is only good for the plugin it belongs to; one that is gone has been stopped already.
    if (this.#instances(key).some(({ id }) => id === instanceId)) {
      await this.#options.supervisor.stop(instanceId, { gracePeriodSeconds, reason });
    }
    return this.#publish(key);
  }

  /** Every plugin of which something is there, after a fresh look at the files. */
  async list(): Promise<readonly PluginState[]> {
    await this.#options.registry.refresh();
    await this.#options.config.refresh();
    this.#publishAll();
    return this.#feed.list();
  }

  /** The present states, and from then on every change, none left out between. */
  watch(listener: StateListener): {
    readonly initial: readonly PluginState[];
    readonly close: () => void;
  } {
    const close = this.#feed.subscribe(listener);
    return { initial: this.#feed.list(), close };
  }

  /** Asks the living instances now. */
  async health(key: ObjectKey, signal: AbortSignal): Promise<readonly InstanceHealth[]> {
    const living = this.#instances(key).filter(isLiving);
    return Promise.all(living.map(({ id }) => this.#probe(id, signal)));
  }

  /** Tells the state also when the change failed: a part of it may have happened. */
  async #change(key: ObjectKey, change: () => Promise<void>): Promise<PluginState> {
    return this.#plugins.run(key, async () => {
      try {
        await change();
      } catch (thrown) {
        this.#publish(key);
        throw toStorageError(`plugin ${key}`, thrown);
      }
      return this.#publish(key);
    });
  }

  /** True when this very instance is on its way already. */
  #isStarted({ key, ordinal, revision }: StartRequest): boolean {
    const same = this.#instances(key).filter((instance) => instance.ordinal === ordinal);
    const found = same.find(isLiving) ?? same[0];
    if (found === undefined) return false;
    if (isLiving(found) && found.state !== "stopping" && found.revision === revision) return true;
    const problem = isLiving(found)
      ? `instance ${found.id} of revision ${found.revision} is ${found.state}; stop it and wait until it has ended`
      : `instance ${found.id} has ended and is still remembered; let it be forgotten first`;
    throw new PortunixError("InstanceBusy", `plugin ${key}, ordinal ${ordinal}: ${problem}`);
  }

  async #toLaunch(request: StartRequest): Promise<LaunchRequest> {
    const { registry, config } = this.#options;
    const { key, ordinal, revision, probes, gracePeriodSeconds } = request;
    const { identity, directory, manifest } = await registry.launchable(key);
    if (registry.get(key)?.isEnabled !== true) {
      throw new PortunixError("Conflict", `plugin ${key}: not enabled; enable it first`);
    }
    const settings = await config.read(key);
    return {
      key,
      diskName: toDiskName(key),
      ordinal,
      revision,
      packageName: identity.name,
      packageVersion: identity.version,
      packageDir: directory,
      runtime: manifest.runtime,
      configFile: config.path(key),
      environment: configEnvironment(manifest, settings),
      probes,
      gracePeriodSeconds,
    };
  }

  /** One that has just gone is not serving; that is an answer too. */
  async #probe(id: string, signal: AbortSignal): Promise<InstanceHealth> {
    try {
      return { id, ...(await this.#options.supervisor.health(id, signal)) };
    } catch (thrown) {
      const { message } = PortunixError.from(thrown);
      return { id, serving: false, message, latencyMs: 0 };
    }
  }

  async #forget(instanceId: string): Promise<void> {
    const reason = "uninstalled";
    await this.#options.supervisor.stop(instanceId, { gracePeriodSeconds: 0, reason });
  }

  #requireIdle(key: ObjectKey, verb: string): void {
    const living = this.#instances(key).filter(isLiving);
    if (living.length === 0) return;
    const ids = living.map(({ id }) => id).join(", ");
    throw new PortunixError(
      "InstanceBusy",
      `plugin ${key} cannot be ${verb} while it runs (instance ${ids}); stop it first`,
    );
  }

  #onInstanceChange(key: ObjectKey): void {
    this.#publish(key);
    this.#options.registry.release(key, this.#livingRevisions(key)).catch((thrown: unknown) => {
      const problem = PortunixError.from(thrown).message;
      this.#options.logger.warn({ plugin: key, problem }, "an unused package could not be removed");
    });
  }

  #publishAll(): void {
    const { registry, config, supervisor } = this.#options;
    const instances = new Map<ObjectKey, Instance[]>();
    const files = [...registry.list().map(({ key }) => key), ...config.keys()];
    for (const key of [...files, ...this.#feed.keys()]) instances.set(key, []);
    for (const instance of supervisor.list()) {
      const others = instances.get(instance.key);
      if (others === undefined) instances.set(instance.key, [instance]);
      else others.push(instance);
    }
    for (const [key, found] of instances) this.#feed.publish(key, this.#observe(key, found));
  }

  #publish(key: ObjectKey): PluginState {
    return this.#feed.publish(key, this.#observe(key, this.#instances(key)));
  }

  #observe(key: ObjectKey, instances: readonly Instance[]): ObservedPlugin {
    const plugin = this.#options.registry.get(key);
    return {
      state: "known",
      installed: plugin?.installed,
      isEnabled: plugin?.isEnabled ?? false,
      configDigest: this.#options.config.digest(key),
      instances: instances.map(({ key: _key, ...instance }) => instance),
    };
  }

  #instances(key: ObjectKey): readonly Instance[] {
    return this.#options.supervisor.list().filter((instance) => instance.key === key);
  }

  #livingRevisions(key: ObjectKey): string[] {
    return [
      ...new Set(
        this.#instances(key)
          .filter(isLiving)
          .map(({ revision }) => revision),
      ),
    ];
  }
}

function isLiving({ state }: Instance): boolean {
  return state !== "exited";
}
