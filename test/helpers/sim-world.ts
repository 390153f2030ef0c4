import type { ObjectKey } from "../../src/api/key.ts";
import { splitKey } from "../../src/api/key.ts";
import { type Plugin, desiredStateOf } from "../../src/api/plugin.ts";
import type { HostState } from "../../src/reconcile/ports.ts";
import { FakeClock, settlePromises } from "./fake-clock.ts";
import { type AskedAction, SimController } from "./sim-controller.ts";
import { SimHost } from "./sim-host.ts";
import { type Behaviour, HEALTHY } from "./sim-package.ts";
import {
  FAULTS_END_MS,
  type Operation,
  SECRET_NAME,
  type Scenario,
  packagePath,
  pluginKey,
} from "./sim-scenario.ts";
import { SimStore } from "./sim-store.ts";

/** Longest time for a controller that was killed to be back. */
const RESTART_MS = 500;

export interface PerformedAction {
  readonly atMs: number;
  readonly key: ObjectKey;
  readonly type: string;
}

/**
 * The real controller, with everything around it made up: store, gateway, processes and time. It
 * can kill the controller after any durable effect, and lose, repeat, delay and reorder all that
 * the controller is told. The same scenario always runs the same way.
 */
export class SimWorld {
  readonly scenario: Scenario;
  readonly clock = new FakeClock();
  readonly host: SimHost;
  readonly store: SimStore;
  readonly violations: string[] = [];
  readonly performed: PerformedAction[] = [];
  /** Last time, monotonic, that something changed which may change what an instance is started from. */
  readonly revisedAtMs = new Map<ObjectKey, number>();
  readonly goingDownSinceMs = new Map<ObjectKey, number>();
  readonly #check: (world: SimWorld, action: AskedAction) => string | undefined;
  readonly #random: () => number;
  readonly #launches = new Map<ObjectKey, number>();
  readonly #history = new Map<ObjectKey, HostState[]>();
  #crashes: number[];
  #effectsUntilCrash: number;
  #incarnation: SimController | undefined;
  crashCount = 0;

  /** @param check - Says what is wrong with an action, given the true state of the world. */
  constructor(
    scenario: Scenario,
    check: (world: SimWorld, action: AskedAction) => string | undefined,
  ) {
    this.scenario = scenario;
    this.#check = check;
    this.#random = seededRandom(scenario.seed);
    this.#crashes = [...scenario.crashAfterEffects];
    this.#effectsUntilCrash = this.#crashes.shift() ?? Infinity;
    this.host = new SimHost({
      clock: this.clock,
      nextBehaviour: (key) => this.#nextBehaviour(key),
      onChange: (state) => this.#onHostChange(state),
    });
    this.store = new SimStore({
      clock: this.clock,
      onPluginChange: (change) => this.#tell((one) => one.onPluginChange(change), change.key),
      onConfigObject: (object) => this.#tell((one) => one.onConfigObject(object)),
      onViolation: (text) => this.violations.push(text),
    });
    for (const [index, each] of scenario.packages.entries()) {
      this.host.packages.set(packagePath(index), each);
    }
    this.store.putSecret("default", SECRET_NAME, { token: "first" });
    for (const [index, spec] of scenario.plugins.entries())
      this.store.apply(pluginKey(index), spec);
    for (const key of this.store.plugins.keys()) this.#noteChange(key);
    for (const operation of scenario.operations) {
      this.clock.after(operation.atMs, () => this.operate(operation));
    }
  }

  isGoingDown(plugin: Plugin): boolean {
    if (plugin.metadata.deletionTimestamp !== undefined) return true;
    const source = this.host.packages.get(plugin.spec.source.path);
    return desiredStateOf(plugin.spec, source?.source.manifest.type) !== "Running";
  }

  get hasFaults(): boolean {
    return this.clock.monotonicMs() < (this.scenario.faultsEndMs ?? FAULTS_END_MS);
  }

  startController(): void {
    this.#incarnation = new SimController(this);
    this.#incarnation.controller.start();
  }

  /** kill -9: whatever it had in memory is gone, whatever it was about to do is not done. */
  killController(restartAfterMs = RESTART_MS): void {
    if (this.#incarnation !== undefined) this.#incarnation.isAlive = false;
    this.#incarnation = undefined;
    this.crashCount += 1;
    this.clock.after(restartAfterMs, () => {
      if (this.#incarnation === undefined) this.startController();
    });
  }

  async stopController(): Promise<void> {
    await this.#incarnation?.controller.stop();
  }

  /** Runs until `untilMs`, monotonic. */
  async runUntil(untilMs: number): Promise<void> {
    await settlePromises();
    for (let steps = 0; this.clock.step(untilMs); steps += 1) {
      await settlePromises();
      if (steps > 50_000) throw new Error("the world does not come to rest");
    }
  }

  operate(operation: Operation): void {
    switch (operation.type) {
      case "apply":
        this.store.apply(pluginKey(operation.plugin), operation.spec, { label: operation.label });
        break;
      case "delete":
        this.store.delete(pluginKey(operation.plugin));
        break;
      case "deleteAll":
        for (const key of this.store.plugins.keys()) this.store.delete(key);
        break;
      case "reboot":
        this.killController();
        for (const key of this.host.plugins.keys()) {
          for (const { id } of this.host.living(key)) {
            this.host.exit(key, id, { code: 137, reason: "Lost" });
          }
        }
        break;
      case "vanish":
        this.store.vanish(pluginKey(operation.plugin));
        break;
      case "kill": {
        const [victim] = this.host.living(pluginKey(operation.plugin));
        const end = { code: 137, reason: "Killed" };
        if (victim !== undefined) this.host.exit(pluginKey(operation.plugin), victim.id, end);
        break;
      }
      case "tamper":
        this.host.tamper(pluginKey(operation.plugin));
        break;
      case "publish":
        this.host.packages.set(packagePath(operation.package), operation.version);
        break;
      case "setSecret":
        this.store.putSecret(
          "default",
          SECRET_NAME,
          operation.value === undefined ? undefined : { token: operation.value },
        );
        break;
      case "jumpClock":
        this.clock.jump(operation.deltaMs);
        break;
    }
    for (const key of this.store.plugins.keys()) this.#noteChange(key);
  }

  /** Puts everything that the users' side can heal right, so that what is wanted is within reach. */
  heal(): void {
    for (const [index, each] of this.scenario.packages.entries()) {
      const present = this.host.packages.get(packagePath(index)) ?? each;
      this.operate({ type: "publish", package: index, version: { ...present, isReadable: true } });
    }
    this.operate({ type: "setSecret", value: "healed" });
  }

  chance(probability: number): boolean {
    return this.hasFaults && probability > 0 && this.#random() < probability;
  }

  random(): number {
    return this.#random();
  }

  /** Called after each durable effect of the controller. @returns Whether it has died of it. */
  countEffect(): boolean {
    this.#effectsUntilCrash -= 1;
    if (this.#effectsUntilCrash > 0 || !this.hasFaults) return false;
    this.#effectsUntilCrash = this.#crashes.shift() ?? Infinity;
    this.killController(this.#random() * RESTART_MS);
    return true;
  }

  note(action: AskedAction): void {
    const { key, type, instanceId = "" } = action;
    const atMs = this.clock.monotonicMs();
    this.performed.push({ atMs, key, type });
    const fault = this.#check(this, action);
    if (fault !== undefined) {
      this.violations.push(`${Math.round(atMs)} ms: ${type} of ${key} ${instanceId}: ${fault}`);
    }
  }

  #nextBehaviour(key: ObjectKey): Behaviour {
    const launch = this.#launches.get(key) ?? 0;
    this.#launches.set(key, launch + 1);
    const index = Number(splitKey(key).name.slice(1));
    return (this.hasFaults ? this.scenario.behaviours[index]?.[launch] : undefined) ?? HEALTHY;
  }

  /** Keeps track of what the checks need to know of the past. */
  #noteChange(key: ObjectKey): void {
    const nowMs = this.clock.monotonicMs();
    this.revisedAtMs.set(
      key,
      Math.max(this.revisedAtMs.get(key) ?? 0, this.#revisionChangedAt(key)),
    );
    const plugin = this.store.get(key);
    if (plugin === undefined || !isToldToStop(plugin)) this.goingDownSinceMs.delete(key);
    else if (!this.goingDownSinceMs.has(key)) this.goingDownSinceMs.set(key, nowMs);
  }

  readonly #revisionTexts = new Map<ObjectKey, string>();

  #revisionChangedAt(key: ObjectKey): number {
    const plugin = this.store.get(key);
    const source = plugin && this.host.packages.get(plugin.spec.source.path);
    const secret = this.store.getObject("v1", "Secret", "default", SECRET_NAME);
    const { config, configFrom, permissions } = plugin?.spec ?? {};
    const text = JSON.stringify([source, secret, config, configFrom, permissions]);
    if (this.#revisionTexts.get(key) === text) return this.revisedAtMs.get(key) ?? 0;
    this.#revisionTexts.set(key, text);
    return this.clock.monotonicMs();
  }

  /** @param withinMs - How long ago it may have ended. */
  wasReadyLately(key: ObjectKey, withinMs: number): boolean {
    return this.#lately(this.#readyUntilMs.get(key), withinMs);
  }

  wasLivingLately(key: ObjectKey, withinMs: number): boolean {
    return this.#lately(this.#livingUntilMs.get(key), withinMs);
  }

  #lately(untilMs: number | undefined, withinMs: number): boolean {
    return untilMs !== undefined && untilMs + withinMs >= this.clock.monotonicMs();
  }

  /** Until when a plugin served, or lived; Infinity while it does. */
  readonly #readyUntilMs = new Map<ObjectKey, number>();
  readonly #livingUntilMs = new Map<ObjectKey, number>();

  #noteState({ key, observed }: HostState): void {
    const states = observed.instances.map(({ state }) => state);
    const facts = [
      [this.#readyUntilMs, states.includes("ready")],
      [this.#livingUntilMs, states.some((state) => state !== "exited" && state !== "queued")],
    ] as const;
    for (const [untilMs, isSo] of facts) {
      if (isSo) untilMs.set(key, Infinity);
      else if (untilMs.get(key) === Infinity) untilMs.set(key, this.clock.monotonicMs());
    }
  }

  #onHostChange(state: HostState): void {
    this.#noteState(state);
    const past = this.#history.get(state.key) ?? [];
    this.#history.set(state.key, [...past, state].slice(-8));
    this.#tell((one) => one.onHostState(state), state.key);
    if (this.chance(this.scenario.faults.breakWatch)) this.#incarnation?.breakWatch();
  }

  /** Brings one event to the controller: now, late, twice, or not at all. */
  #tell(deliver: (one: SimController) => void, key?: ObjectKey): void {
    const { loseEvent, repeatEvent, delayEvent, replayEvent } = this.scenario.faults;
    const receiver = this.#incarnation;
    if (receiver === undefined || this.chance(loseEvent)) return;
    const delayMs = this.chance(delayEvent) ? this.#random() * 3000 : 1;
    const arrive = (): void => {
      if (receiver.isAlive) deliver(receiver);
    };
    this.clock.after(delayMs, arrive);
    if (this.chance(repeatEvent)) this.clock.after(delayMs + this.#random() * 2000, arrive);
    const past = key === undefined ? [] : (this.#history.get(key) ?? []);
    const old = past[Math.floor(this.#random() * past.length)];
    if (old !== undefined && this.chance(replayEvent)) {
      this.clock.after(this.#random() * 5000, () => {
        if (receiver.isAlive) receiver.onHostState(old);
      });
    }
  }
}

/** By the object itself; that its package has become a tool may be seen later. */
function isToldToStop({ metadata, spec }: Plugin): boolean {
  return metadata.deletionTimestamp !== undefined || (spec.desiredState ?? "Running") !== "Running";
}

/** mulberry32: small, fast, and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
