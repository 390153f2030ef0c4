import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ObjectKey } from "../api/key.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { AdmissionQueue } from "./admission-queue.ts";
import type { Instance, LaunchRequest } from "./instance.ts";
import { LOG_MAX_BYTES, listLogs, type LogFile } from "./instance-log.ts";
import { RecordFile } from "./record-file.ts";
import { toRecord } from "./instance-record.ts";
import { setAside } from "./set-aside.ts";
import { planLaunch, type LaunchPlan } from "./launch/launch-plan.ts";
import { loadPluginContract } from "./plugin-contract.ts";
import { ProcessTable } from "./process-table.ts";
import type { RuntimeHost, RuntimeLimits } from "./runtime-host.ts";
import { SupervisedInstance } from "./supervised-instance.ts";

export interface SupervisorOptions {
  readonly runDir: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The directory that holds `portunix/plugin/plugin.proto`. */
  readonly protoDir: string;
  /** What of the daemon's environment plugins may see; an allow-list, applied by the caller. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** The Node that runs JavaScript plugins; default: the one that runs the daemon. */
  readonly nodePath?: string;
  readonly limits?: Partial<RuntimeLimits>;
}

export interface StopOptions {
  readonly gracePeriodSeconds: number;
  /** Why, for people. */
  readonly reason: string;
}

export interface InstanceHealth {
  readonly serving: boolean;
  readonly message: string;
  readonly latencyMs: number;
}

export type InstanceListener = (instance: Instance) => void;

const HEALTH_TIMEOUT_MS = 3000;

/** @throws {PortunixError} LaunchFailed: this system is not supported. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  if (process.platform !== "linux") {
    throw new PortunixError(
      "LaunchFailed",
      `plugins can be run on Linux only so far, and this is ${process.platform}; run the daemon in a Linux container`,
    );
  }
  return new Supervisor(options);
}

/** Keeps the processes of all plugins. Decides nothing: what should run is told by `start` and `stop`. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #host: RuntimeHost;
  readonly #queue: AdmissionQueue;
  readonly #instancesDir: string;
  readonly #instances = new Map<string, SupervisedInstance>();
  readonly #ports = new Map<string, readonly number[]>();
  readonly #listeners = new Set<InstanceListener>();
  readonly #starting = new Map<string, Promise<Instance>>();
  #planning: Promise<unknown> = Promise.resolve();
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    const { clock, logger, dataDir, logDir } = options;
    const limits = { ...defaultLimits(), ...options.limits };
    this.#options = options;
    this.#instancesDir = join(options.runDir, "p");
    this.#host = {
      clock,
      logger,
      table: new ProcessTable(),
      contract: loadPluginContract(options.protoDir),
      limits,
      dataDir,
      logDir,
      onChange: (instance) => this.#announce(instance),
    };
    const { maxStarting, startHoldMs } = limits;
    this.#queue = new AdmissionQueue(clock, { limit: maxStarting, maxHoldMs: startHoldMs });
    for (const directory of [this.#instancesDir, dataDir, logDir])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#scheduleLook();
  }

  /**
   * Begins to start an instance and returns once the intent is durable. With one of the same
   * ordinal and revision there already, returns that one.
   *
   * @throws {PortunixError} LaunchFailed: it cannot work as things stand. InstanceBusy: another
   * revision of the same ordinal still lives, or this one is on its way out.
   */
  start(request: LaunchRequest): Promise<Instance> {
    const slot = `${request.key}#${request.ordinal}`;
    const before = this.#starting.get(slot) ?? Promise.resolve();
    const started = before.then(
      () => this.#start(request),
      () => this.#start(request),
    );
    this.#starting.set(slot, started);
    const clear = () => {
      if (this.#starting.get(slot) === started) this.#starting.delete(slot);
    };
    started.then(clear, clear);
    return started;
  }

  /** Begins to stop it, or forgets one that has ended. @returns undefined when it is not there (any more). */
  async stop(instanceId: string, options: StopOptions): Promise<Instance | undefined> {
    const supervised = this.#instances.get(instanceId);
    if (supervised === undefined) return undefined;
    if (supervised.instance.state === "exited") {
      supervised.forget();
      this.#instances.delete(instanceId);
      return undefined;
    }
    await supervised.requestStop(options);
    return supervised.instance;
  }

  list(): readonly Instance[] {
    return [...this.#instances.values()].map(({ instance }) => instance);
  }

  /** @returns How to end it. */
  onChange(listener: InstanceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks the plugin now. @throws {PortunixError} NotFound: no such instance. */
  async health(instanceId: string, signal: AbortSignal): Promise<InstanceHealth> {
    const supervised = this.#instances.get(instanceId);
    if (supervised === undefined) {
      throw new PortunixError("NotFound", `there is no instance ${instanceId}; list them first`);
    }
    signal.throwIfAborted();
    const answer = await supervised.checkHealth(HEALTH_TIMEOUT_MS);
    signal.throwIfAborted();
    return { serving: answer.isServing, message: answer.message, latencyMs: answer.latencyMs };
  }

  /** Takes over what an earlier daemon has left. Call it once, before anything is started. */
  async recover(): Promise<void> {
    const adoptions = readdirSync(this.#instancesDir).map((name) => this.#recoverOne(name));
    await Promise.all(adoptions);
  }

  /** Stops watching. The processes go on, and the next supervisor takes them over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#queue.close();
    await Promise.allSettled(this.#starting.values());
    for (const supervised of this.#instances.values()) supervised.close();
    this.#listeners.clear();
  }

  /** The logs of one Plugin, by ordinal, newest instance first; also of instances long gone. */
  logFiles(diskName: string): readonly LogFile[] {
    return listLogs(join(this.#options.logDir, diskName));
  }

  async #start(request: LaunchRequest): Promise<Instance> {
    if (this.#isClosed) throw new PortunixError("InstanceBusy", "the daemon is shutting down");
    const living = this.#living(request.key, request.ordinal);
    if (living !== undefined) return sameOrBusy(living, request);
    const id = this.#newId();
    const nonce = randomBytes(16).toString("hex");
    const plan = await this.#plan(request, { id, nonce });
    const file = new RecordFile(this.#instancesDir, id);
    const { address, note } = plan;
    const { directory } = file;
    const record = toRecord(request, { id, nonce, directory, address, note });
    const supervised = new SupervisedInstance(this.#host, file, record);
    try {
      await supervised.prepare();
    } catch (thrown) {
      supervised.forget();
      this.#ports.delete(id);
      throw PortunixError.from(thrown);
    }
    this.#instances.set(id, supervised);
    this.#announce(supervised.instance);
    const replan = () =>
      plan.ports.length === 0 ? Promise.resolve(plan) : this.#plan(request, { id, nonce });
    const admission = this.#queue.admit(() => void supervised.launch(replan, admission));
    return supervised.instance;
  }

  #living(key: ObjectKey, ordinal: number): Instance | undefined {
    return this.list().find(
      (instance) =>
        instance.key === key && instance.ordinal === ordinal && instance.state !== "exited",
    );
  }

  #newId(): string {
    for (;;) {
      const id = randomBytes(4).toString("hex");
      if (!this.#instances.has(id)) return id;
    }
  }

  /** One at a time, so that no two get the same port. */
  #plan(request: LaunchRequest, { id, nonce }: { id: string; nonce: string }): Promise<LaunchPlan> {
    const planned = this.#planning.then(async () => {
      this.#ports.delete(id);
      const plan = await planLaunch(request, {
        id,
        nonce,
        instanceDir: join(this.#instancesDir, id),
        dataDir: join(this.#options.dataDir, request.diskName, String(request.ordinal)),
        nodePath: this.#options.nodePath ?? process.execPath,
        baseEnvironment: this.#options.baseEnvironment,
        takenPorts: new Set([...this.#ports.values()].flat()),
      });
      this.#ports.set(id, plan.ports);
      return plan;
    });
    this.#planning = planned.catch(() => {});
    return planned;
  }

  async #recoverOne(name: string): Promise<void> {
    const file = new RecordFile(this.#instancesDir, name);
    const record = /^[0-9a-f]{8}$/.test(name) ? file.load(name) : undefined;
    try {
      if (record !== undefined && !file.isCopy(record)) {
        const supervised = new SupervisedInstance(this.#host, file, record);
        this.#instances.set(name, supervised);
        await supervised.adopt();
      } else if (file.isUnborn()) file.remove();
      else {
        const target = setAside(this.#options.runDir, name, this.#host.clock.nowMs());
        const original = record?.directory;
        this.#host.logger.warn(
          { instance: name, target, original },
          "no instance record, or the copy of one: set aside",
        );
      }
    } catch (thrown) {
      const { message } = PortunixError.from(thrown);
      this.#host.logger.error({ instance: name, error: message }, "instance cannot be recovered");
    }
  }

  #announce(instance: Instance): void {
    if (instance.state === "exited") this.#ports.delete(instance.id);
    for (const listener of this.#listeners) {
      try {
        listener(instance);
      } catch (thrown) {
        const { message } = PortunixError.from(thrown);
        this.#host.logger.error({ instance: instance.id, error: message }, "listener failed");
      }
    }
  }

  #scheduleLook(): void {
    if (this.#isClosed) return;
    this.#timer = this.#host.clock.after(this.#host.limits.lookMs, () => {
      for (const supervised of this.#instances.values()) supervised.look();
      this.#scheduleLook();
    });
  }
}

function defaultLimits(): RuntimeLimits {
  const maxStarting = 2 * availableParallelism();
  return { maxStarting, startHoldMs: 1500, logMaxBytes: LOG_MAX_BYTES, lookMs: 1000 };
}

function sameOrBusy(living: Instance, request: LaunchRequest): Instance {
  const isSame = living.revision === request.revision && living.state !== "stopping";
  if (isSame) return living;
  throw new PortunixError(
    "InstanceBusy",
    `instance ${living.id} of ${living.key} (${living.state}) still has ordinal ${living.ordinal}; stop it, and start again once it is gone`,
  );
}
