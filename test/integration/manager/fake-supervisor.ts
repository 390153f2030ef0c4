import type { ProbeResult, ProcessSupervisor } from "../../../src/manager/ports.ts";
import type { Instance, LaunchRequest } from "../../../src/runtime/instance.ts";

/** Keeps the port's contract without processes: an instance is whatever the test says it is. */
export class FakeSupervisor implements ProcessSupervisor {
  readonly launched: LaunchRequest[] = [];
  #instances: readonly Instance[] = [];
  readonly #listeners = new Set<(instance: Instance) => void>();

  async start(request: LaunchRequest): Promise<Instance> {
    this.launched.push(request);
    const instance: Instance = {
      id: `0000000${this.launched.length}`.slice(-8),
      key: request.key,
      ordinal: request.ordinal,
      revision: request.revision,
      state: "starting",
      pid: 1000 + this.launched.length,
      address: "unix:/run/p.sock",
      startedAtMs: 1,
      readyAtMs: undefined,
      exitedAtMs: undefined,
      exit: undefined,
      reason: "",
      message: "",
    };
    this.#instances = [...this.#instances, instance];
    this.#tell(instance);
    return instance;
  }

  async stop(instanceId: string): Promise<Instance | undefined> {
    const instance = this.#instances.find(({ id }) => id === instanceId);
    if (instance === undefined || instance.state === "exited") {
      this.#instances = this.#instances.filter(({ id }) => id !== instanceId);
      if (instance !== undefined) this.#tell(instance);
      return undefined;
    }
    return this.change(instanceId, { state: "stopping" });
  }

  list(): readonly Instance[] {
    return this.#instances;
  }

  onChange(listener: (instance: Instance) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async health(instanceId: string): Promise<ProbeResult> {
    return { serving: true, message: instanceId, latencyMs: 0.5 };
  }

  /** What the world does to an instance. */
  change(instanceId: string, fields: Partial<Instance>): Instance {
    this.#instances = this.#instances.map((instance) =>
      instance.id === instanceId ? { ...instance, ...fields } : instance,
    );
    const changed = this.#instances.find(({ id }) => id === instanceId);
    if (changed === undefined) throw new RangeError(`no instance ${instanceId}`);
    this.#tell(changed);
    return changed;
  }

  end(instanceId: string): void {
    const exit = { code: 0, signal: undefined };
    this.change(instanceId, {
      state: "exited",
      pid: undefined,
      exitedAtMs: 2,
      exit,
      reason: "Exited",
    });
  }

  /** An instance of before, such as one that a new daemon has found. */
  adopt(instance: Instance): void {
    this.#instances = [...this.#instances, instance];
  }

  #tell(instance: Instance): void {
    for (const listener of this.#listeners) listener(instance);
  }
}
