import type { Condition } from "../../src/api/condition.ts";
import type { ObjectKey } from "../../src/api/key.ts";
import { splitKey } from "../../src/api/key.ts";
import { PLUGIN_FINALIZER, type StoredObject } from "../../src/api/meta.ts";
import {
  PLUGIN_API_VERSION,
  PLUGIN_KIND,
  type Plugin,
  type PluginSpec,
  type PluginStatus,
} from "../../src/api/plugin.ts";
import { isSameJson } from "../../src/base/canonical-json.ts";
import type { Memory } from "../../src/plan/memory.ts";
import type {
  ConfigObjectRef,
  PluginChange,
  PluginEvent,
  PluginStore,
} from "../../src/reconcile/ports.ts";
import type { FakeClock } from "./fake-clock.ts";

export interface SimStoreOptions {
  readonly clock: FakeClock;
  readonly onPluginChange: (change: PluginChange) => void;
  readonly onConfigObject: (object: ConfigObjectRef) => void;
  readonly onViolation: (text: string) => void;
}

/** The durable objects, with the store's own rules; every status that is saved is held against the law of conditions. */
export class SimStore implements PluginStore {
  readonly plugins = new Map<ObjectKey, Plugin>();
  readonly objects = new Map<string, StoredObject>();
  readonly memories = new Map<ObjectKey, string>();
  readonly events: PluginEvent[] = [];
  /** Blocker and condition reasons that were ever told. */
  readonly reasons = new Set<string>();
  readonly #options: SimStoreOptions;
  readonly #statusTexts = new Map<ObjectKey, string>();
  #version = 0;

  constructor(options: SimStoreOptions) {
    this.#options = options;
  }

  get(key: ObjectKey): Plugin | undefined {
    return this.plugins.get(key);
  }

  list(): readonly Plugin[] {
    return [...this.plugins.values()];
  }

  getObject(
    _apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
  ): StoredObject | undefined {
    return this.objects.get(`${kind}/${namespace}/${name}`);
  }

  getMemory(key: ObjectKey): Memory | undefined {
    const text = this.memories.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as Memory);
  }

  /** @returns Whether anything was written. */
  saveDecision(key: ObjectKey, uid: string, status: PluginStatus, memory: Memory): boolean {
    const plugin = this.plugins.get(key);
    if (plugin === undefined || plugin.metadata.uid !== uid) return false;
    this.#judge(key, plugin, status);
    const text = JSON.stringify(memory);
    const statusText = JSON.stringify(status);
    const isSameStatus = this.#statusTexts.get(key) === uid + statusText;
    this.#statusTexts.set(key, uid + statusText);
    const isChanged = !isSameStatus || this.memories.get(key) !== text;
    this.memories.set(key, text);
    if (!isSameStatus) {
      this.#put(key, { ...plugin, status }, true);
    }
    return isChanged;
  }

  forgetMemory(key: ObjectKey): void {
    this.memories.delete(key);
  }

  removeFinalizer(key: ObjectKey, uid: string): void {
    const plugin = this.plugins.get(key);
    if (plugin === undefined || plugin.metadata.uid !== uid) return;
    const { metadata } = plugin;
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== PLUGIN_FINALIZER);
    if (metadata.deletionTimestamp !== undefined && finalizers.length === 0) {
      this.plugins.delete(key);
      this.memories.delete(key);
      this.#options.onPluginChange({ key, isStatusOnly: false });
      return;
    }
    this.#put(key, { ...plugin, metadata: { ...metadata, finalizers } }, false);
  }

  sourceProblem(): string | undefined {
    return undefined;
  }

  ownershipConflict(): string | undefined {
    return undefined;
  }

  recordEvent(event: PluginEvent): void {
    this.events.push(event);
  }

  /** What a user does with `apply`. Nothing happens to an object that is being deleted. */
  apply(key: ObjectKey, spec: PluginSpec, labels: Readonly<Record<string, string>> = {}): void {
    const { namespace, name } = splitKey(key);
    const present = this.plugins.get(key);
    if (present === undefined) {
      this.#version += 1;
      const metadata = {
        name,
        namespace,
        labels,
        uid: `uid-${this.#version}`,
        resourceVersion: "",
        generation: 1,
        creationTimestamp: this.#now(),
        finalizers: [PLUGIN_FINALIZER],
      };
      this.#put(key, { apiVersion: PLUGIN_API_VERSION, kind: PLUGIN_KIND, metadata, spec }, false);
      return;
    }
    if (present.metadata.deletionTimestamp !== undefined) return;
    const isSameSpec = isSameJson(present.spec, spec);
    if (isSameSpec && isSameJson(present.metadata.labels, labels)) return;
    const generation = present.metadata.generation + (isSameSpec ? 0 : 1);
    this.#put(
      key,
      { ...present, metadata: { ...present.metadata, labels, generation }, spec },
      false,
    );
  }

  delete(key: ObjectKey): void {
    const plugin = this.plugins.get(key);
    if (plugin === undefined || plugin.metadata.deletionTimestamp !== undefined) return;
    this.#put(
      key,
      { ...plugin, metadata: { ...plugin.metadata, deletionTimestamp: this.#now() } },
      false,
    );
  }

  /** A change that changes nothing that matters, such as of an annotation. */
  touch(key: ObjectKey): void {
    this.#options.onPluginChange({ key, isStatusOnly: false });
  }

  /** Removed by force, finalizer and all: what is left of it is an orphan. */
  vanish(key: ObjectKey): void {
    if (!this.plugins.delete(key)) return;
    this.memories.delete(key);
    this.#options.onPluginChange({ key, isStatusOnly: false });
  }

  putSecret(
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>> | undefined,
  ): void {
    const id = `Secret/${namespace}/${name}`;
    if (data === undefined) this.objects.delete(id);
    else this.objects.set(id, secretOf(namespace, name, data));
    this.#options.onConfigObject({ kind: "Secret", namespace, name });
  }

  #put(key: ObjectKey, plugin: Plugin, isStatusOnly: boolean): void {
    this.#version += 1;
    const metadata = { ...plugin.metadata, resourceVersion: String(this.#version) };
    this.plugins.set(key, { ...plugin, metadata });
    this.#options.onPluginChange({ key, isStatusOnly });
  }

  #now(): string {
    return new Date(this.#options.clock.nowMs()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  #judge(key: ObjectKey, plugin: Plugin, status: PluginStatus): void {
    const complain = (text: string) => this.#options.onViolation(`status law: ${key}: ${text}`);
    const { generation } = plugin.metadata;
    if (status.observedGeneration > generation)
      complain("observedGeneration is ahead of generation");
    if (status.observedGeneration < (plugin.status?.observedGeneration ?? 0)) {
      complain("observedGeneration goes back");
    }
    for (const { reason } of status.blockers) this.reasons.add(reason);
    for (const condition of status.conditions) {
      this.reasons.add(condition.reason);
      const before = plugin.status?.conditions.find(({ type }) => type === condition.type);
      const fault = conditionFault(before, condition);
      if (fault !== undefined) complain(`${condition.type}: ${fault}`);
    }
    const typed = new Map(status.conditions.map((condition) => [condition.type, condition]));
    if (typed.size !== status.conditions.length) complain("two conditions of one type");
    const isTrue = (type: string) => typed.get(type)?.status === "True";
    if (!typed.has("Ready")) complain("no Ready condition");
    if (isTrue("Ready") && status.observedGeneration !== generation)
      complain("Ready of an old generation");
    if (isTrue("Reconciling") && isTrue("Stalled")) complain("Reconciling and Stalled at once");
    if (isTrue("Ready") && isTrue("Stalled")) complain("Ready and Stalled at once");
    if (!isTrue("Ready") && status.blockers.length === 0 && status.nextAction === undefined) {
      complain(`not Ready, and no word why: ${JSON.stringify(typed.get("Ready"))}`);
    }
  }
}

function conditionFault(before: Condition | undefined, after: Condition): string | undefined {
  if (!/^[A-Z][A-Za-z]*$/.test(after.reason)) return `reason "${after.reason}" is not CamelCase`;
  if (Number.isNaN(Date.parse(after.lastTransitionTime))) return "lastTransitionTime is no time";
  const hasMoved = before !== undefined && before.lastTransitionTime !== after.lastTransitionTime;
  if (hasMoved && before.status === after.status) return "lastTransitionTime moves without status";
  return undefined;
}

function secretOf(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): StoredObject {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  const metadata = {
    name,
    namespace,
    uid: name,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "",
  };
  return { apiVersion: "v1", kind: "Secret", metadata, data: encoded } as StoredObject;
}
