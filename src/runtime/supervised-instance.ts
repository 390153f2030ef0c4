import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { jitterOf } from "../base/backoff.ts";
import { splitKey } from "../api/key.ts";
import { PortunixError } from "../base/errors.ts";
import type { Admission } from "./admission-queue.ts";
import { findLeader } from "./find-leader.ts";
import { endTree } from "./end-tree.ts";
import {
  UNKNOWN_EXIT,
  describeExit,
  endWithLeftovers,
  transition,
  type End,
  type Exit,
  type Instance,
  type InstanceEvent,
} from "./instance.ts";
import { LogKeeper } from "./log-keeper.ts";
import type { InstanceRecord, StopOrder } from "./instance-record.ts";
import type { RecordFile } from "./record-file.ts";
import type { LaunchPlan } from "./launch/launch-plan.ts";
import { spawnPlugin } from "./launch/spawn-plugin.ts";
import { PluginClient, type HealthAnswer } from "./plugin-client.ts";
import { Prober } from "./prober.ts";
import { NO_PROCESS } from "./process-table.ts";
import { ProcessTree } from "./process-tree.ts";
import type { RuntimeHost } from "./runtime-host.ts";

const SHUTDOWN_MAX_MS = 1000;
/** A closed connection hints at an end, which the process table shows a little later. */
const DISCONNECT_LOOKS_MS = [2, 10, 30, 150];

/** One instance over its life: launch or adoption, probes, stop, and the end of its whole tree. */
export class SupervisedInstance {
  readonly #host: RuntimeHost;
  readonly #file: RecordFile;
  readonly #closing = new AbortController();
  readonly #logs: LogKeeper;
  #record: InstanceRecord;
  #admission: Admission | undefined;
  /** Between the decision to launch or adopt and its outcome: a stop must wait for that. */
  #isSettling = false;
  #tree: ProcessTree | undefined;
  /** Resolves with the exit of our own child; undefined for an adopted process. */
  #childExit: Promise<Exit> | undefined;
  #client: PluginClient | undefined;
  #prober: Prober | undefined;
  #isEnding = false;
  #killAtMs = Infinity;
  #wake: () => void = () => {};

  constructor(host: RuntimeHost, file: RecordFile, record: InstanceRecord) {
    this.#host = host;
    this.#file = file;
    this.#record = record;
    const directory = join(host.logDir, record.diskName);
    const { ordinal, id } = record.instance;
    this.#logs = new LogKeeper(host, { directory, ordinal, instanceId: id });
  }

  get instance(): Instance {
    const { instance, note } = this.#record;
    const message = [note, instance.message].filter((text) => text !== "").join("; ");
    return { ...instance, message };
  }

  /** Makes the intent durable: from now on a later daemon knows that this process may exist. */
  async prepare(): Promise<void> {
    this.#file.create();
    this.#file.save(this.#record);
  }

  /** @param replan - Works the launch out anew: what was free when it was asked for may be taken by now. */
  async launch(replan: () => Promise<LaunchPlan>, admission: Admission): Promise<void> {
    if (this.#record.instance.state !== "queued" || this.#closing.signal.aborted) {
      admission.release();
      return;
    }
    this.#admission = admission;
    this.#isSettling = true;
    try {
      const child = await this.#spawn(await replan());
      if (child === undefined) this.#finish(UNKNOWN_EXIT, "Exited", "stopped before its launch");
    } catch (thrown) {
      this.#finish(UNKNOWN_EXIT, "LaunchFailed", PortunixError.from(thrown).message);
    } finally {
      this.#isSettling = false;
    }
  }

  /** Takes over what an earlier daemon has left. */
  async adopt(): Promise<void> {
    const { nonce, instance } = this.#record;
    if (instance.state === "exited") return;
    this.#isSettling = true;
    const leader = await findLeader(this.#host.table, this.#record);
    this.#tree = new ProcessTree(this.#host.table, leader ?? NO_PROCESS, nonce);
    this.#isSettling = false;
    if (leader === undefined) {
      await this.#sweep(UNKNOWN_EXIT, {
        reason: "Lost",
        message: "ended while no daemon was watching; its exit code is not known",
      });
      return;
    }
    this.#tree.rememberGroup();
    this.#update({ type: "adopted", pid: leader.pid }, { process: leader });
    const { stop } = this.#record;
    if (stop === undefined) this.#beginProbes();
    else this.#beginStop(stop, this.#host.clock.nowMs() - stop.requestedAtMs);
  }

  /** Begins to stop it; a second request can only bring the kill forward. */
  async requestStop(order: Omit<StopOrder, "requestedAtMs">): Promise<void> {
    const stop: StopOrder = { ...order, requestedAtMs: this.#host.clock.nowMs() };
    const isFirst = this.#record.stop === undefined;
    const message = `stopping: ${order.reason}`;
    this.#update({ type: "stopRequested", message }, isFirst ? { stop } : {});
    if (this.#tree === undefined && !this.#isSettling)
      this.#finish(UNKNOWN_EXIT, "Exited", "stopped before its launch");
    else this.#beginStop(stop, 0);
    try {
      this.#file.save(this.#record);
    } catch (thrown) {
      this.#warn(thrown);
    }
  }

  async checkHealth(timeoutMs: number): Promise<HealthAnswer> {
    const client = this.#client;
    if (client !== undefined) return client.checkHealth(timeoutMs);
    const message = `it is ${this.#record.instance.state}`;
    return { isServing: false, isReached: false, message, latencyMs: 0 };
  }

  /** The level behind the edges: an adopted process that has ended, a log that has grown. */
  look(): void {
    if (this.#closing.signal.aborted || this.#tree === undefined) return;
    if (this.#childExit === undefined && !this.#tree.isLeaderAlive())
      this.#onLeaderGone(UNKNOWN_EXIT);
    this.#logs.look();
  }

  /** Stops watching; the processes go on. */
  close(): void {
    this.#closing.abort();
    this.#logs.close();
    this.#prober?.stop();
    this.#client?.close();
  }

  forget(): void {
    this.close();
    this.#file.remove();
  }

  /** Undefined when a stop came first. */
  async #spawn(plan: LaunchPlan): Promise<number | undefined> {
    const { instance } = this.#record;
    this.#logs.prepare();
    mkdirSync(plan.dataDir, { recursive: true, mode: 0o700 });
    if (plan.address !== instance.address) {
      this.#record = {
        ...this.#record,
        note: plan.note,
        instance: { ...instance, address: plan.address },
      };
      this.#file.save(this.#record);
    }
    if (this.#record.stop !== undefined || this.#closing.signal.aborted) return undefined;
    const child = await spawnPlugin(plan, this.#logs.path);
    const { pid } = child;
    const identity = this.#host.table.identify(pid) ?? { ...NO_PROCESS, pid };
    this.#tree = new ProcessTree(this.#host.table, identity, this.#record.nonce);
    this.#childExit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        const exit = { code: code ?? undefined, signal: signal ?? undefined };
        resolve(exit);
        this.#onLeaderGone(exit);
      });
    });
    const atMs = this.#host.clock.nowMs();
    this.#update({ type: "launched", pid, atMs }, { process: identity });
    if (this.#record.stop === undefined) this.#beginProbes();
    else this.#beginStop(this.#record.stop, 0);
    return pid;
  }

  #beginProbes(): void {
    const { clock, contract } = this.#host;
    const { packageName, packageVersion, probes, instance } = this.#record;
    const client = new PluginClient(instance.address, contract, {
      clock,
      onDisconnect: () => this.#onDisconnect(),
    });
    this.#client = client;
    this.#prober = new Prober({
      clock,
      client,
      probes,
      jitter: jitterOf(instance.id),
      hasBeenReady: instance.readyAtMs !== undefined,
      expected: { names: [packageName, splitKey(instance.key).name], version: packageVersion },
      onVerdict: (verdict) => {
        if (verdict.state !== "starting") this.#admission?.release();
        this.#update({ type: "probed", verdict, atMs: clock.nowMs() });
      },
    });
  }

  #onDisconnect(): void {
    if (this.#childExit !== undefined) return;
    for (const delayMs of DISCONNECT_LOOKS_MS) this.#host.clock.after(delayMs, () => this.look());
  }

  #onLeaderGone(exit: Exit): void {
    if (this.#closing.signal.aborted) return;
    if (exit !== UNKNOWN_EXIT) this.#tree?.rememberOrphans();
    this.#wake();
    if (!this.#isEnding) void this.#sweep(exit, { reason: "Exited", message: describeExit(exit) });
  }

  /** The leader is gone without our asking: what it has left must go, too. */
  async #sweep(exit: Exit, end: End): Promise<void> {
    const tree = this.#tree;
    if (tree === undefined) return;
    this.#isEnding = true;
    this.#prober?.stop();
    this.#admission?.release();
    const others = await tree.others();
    if (others.length === 0) return this.#finish(exit, end.reason, end.message);
    const last = endWithLeftovers(exit, end, others.length);
    const verdict = { state: "unhealthy", ...last } as const;
    this.#update({ type: "probed", verdict, atMs: this.#host.clock.nowMs() });
    this.#killAtMs = this.#host.clock.monotonicMs();
    if (await this.#end(tree)) this.#finish(exit, last.reason, last.message);
  }

  #beginStop(stop: StopOrder, elapsedMs: number): void {
    const graceMs = stop.gracePeriodSeconds * 1000;
    const restMs = Math.min(graceMs, Math.max(0, graceMs - elapsedMs));
    this.#killAtMs = Math.min(this.#killAtMs, this.#host.clock.monotonicMs() + restMs);
    this.#wake();
    if (!this.#isEnding && this.#tree !== undefined) void this.#stop(this.#tree, restMs);
  }

  async #stop(tree: ProcessTree, graceMs: number): Promise<void> {
    this.#isEnding = true;
    this.#prober?.stop();
    this.#admission?.release();
    if (graceMs > 0) await this.#client?.shutdown(Math.min(SHUTDOWN_MAX_MS, graceMs / 3));
    if (!(await this.#end(tree))) return;
    const exit = (await this.#childExit) ?? UNKNOWN_EXIT;
    const reason = this.#record.stop?.reason ?? "";
    this.#finish(exit, "Exited", `stopped (${reason}); it ${describeExit(exit)}`);
  }

  #end(tree: ProcessTree): Promise<boolean> {
    return endTree(tree, {
      clock: this.#host.clock,
      killAtMs: () => this.#killAtMs,
      signal: this.#closing.signal,
      onStuck: (message) => this.#update({ type: "stopRequested", message }),
      onWait: (wake) => {
        this.#wake = wake;
      },
    });
  }

  #finish(exit: Exit, reason: string, message: string): void {
    if (this.#closing.signal.aborted) return;
    this.#admission?.release();
    this.#prober?.stop();
    this.#client?.close();
    this.#client = undefined;
    this.#tree = undefined;
    rmSync(join(this.#file.directory, "p.sock"), { force: true });
    this.#update({ type: "exited", exit, reason, message, atMs: this.#host.clock.nowMs() });
  }

  #update(event: InstanceEvent, changes: Partial<InstanceRecord> = {}): void {
    const before = this.#record.instance;
    const instance = transition(before, event);
    this.#record = { ...this.#record, ...changes, instance };
    if (instance === before && Object.keys(changes).length === 0) return;
    const isWorthSaving = instance.state !== before.state || Object.keys(changes).length > 0;
    try {
      if (isWorthSaving) this.#file.save(this.#record);
    } catch (thrown) {
      this.#warn(thrown);
    }
    this.#host.onChange(this.instance);
  }

  #warn(thrown: unknown): void {
    const { id, key } = this.#record.instance;
    const { message } = PortunixError.from(thrown);
    this.#host.logger.warn({ plugin: key, instance: id, error: message }, "instance upkeep failed");
  }
}
