import { splitKey, toKey, type ObjectKey } from "../api/key.ts";
import { PLUGIN_FINALIZER, type ObjectRef, type StoredObject } from "../api/meta.ts";
import { PLUGIN_API_VERSION, PLUGIN_KIND, type Plugin, type PluginStatus } from "../api/plugin.ts";
import { pluginDefinition } from "../api/plugin-definition.ts";
import { definitionOf } from "./definition-of.ts";
import { CONTROLLER_MANAGER } from "./field-tracker.ts";
import type { Store } from "./store.ts";

/** What happened to a Plugin. */
export interface PluginEvent {
  readonly key: ObjectKey;
  /** Empty when it is not known. */
  readonly uid: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** @typeParam M - The controller's memory: plain JSON, given back as it was saved. */
export interface PluginStore<M> {
  get(key: ObjectKey): Plugin | undefined;
  list(): readonly Plugin[];
  getObject(
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
  ): StoredObject | undefined;
  getMemory(key: ObjectKey): M | undefined;
  saveDecision(key: ObjectKey, uid: string, status: PluginStatus, memory: M): void;
  forgetMemory(key: ObjectKey): void;
  removeFinalizer(key: ObjectKey, uid: string): void;
  sourceProblem(key: ObjectKey): string | undefined;
  ownershipConflict(key: ObjectKey): string | undefined;
  recordEvent(event: PluginEvent): void;
}

/** The store as the reconciler of Plugins sees it. */
export function createPluginStore<M>(store: Store): PluginStore<M> {
  const get = (key: ObjectKey) => {
    const { namespace, name } = splitKey(key);
    return store.get(pluginDefinition, namespace, name) as Plugin | undefined;
  };
  return {
    get,
    list: () => store.list(pluginDefinition, undefined).items as readonly Plugin[],
    getObject(apiVersion, kind, namespace, name) {
      const definition = definitionOf(store.definitions, { apiVersion, kind });
      return definition && store.get(definition, namespace, name);
    },
    getMemory: (key) => store.getMemory(key) as M | undefined,
    saveDecision(key, uid, status, memory) {
      const target = { ...splitKey(key), uid };
      store.saveStatus(pluginDefinition, target, { status, memoryKey: key, memory });
    },
    forgetMemory: (key) => store.forgetMemory(key),
    removeFinalizer(key, uid) {
      const plugin = get(key);
      const finalizers = plugin?.metadata.finalizers ?? [];
      if (plugin?.metadata.uid !== uid || !finalizers.includes(PLUGIN_FINALIZER)) return;
      const others = finalizers.filter((finalizer) => finalizer !== PLUGIN_FINALIZER);
      const metadata = { ...plugin.metadata, finalizers: others };
      store.update(pluginDefinition, { ...plugin, metadata }, { manager: CONTROLLER_MANAGER });
    },
    sourceProblem(key) {
      const ref = refOfPlugin(key);
      return store.notes.problemOf(ref, store.inventory.ownerOf(ref));
    },
    ownershipConflict: (key) => store.notes.conflictOf(refOfPlugin(key)),
    recordEvent: (event) => recordPluginEvent(store, event, "reconciler"),
  };
}

/** @param component - Who says so. */
export function recordPluginEvent(store: Store, event: PluginEvent, component: string): void {
  const { key, uid, type, reason, message } = event;
  const involvedObject = { ...refOfPlugin(key), ...(uid === "" ? {} : { uid }) };
  store.events.record({ involvedObject, type, reason, message, component });
}

/** The key of a Plugin; undefined for a reference to anything else. */
export function pluginKeyOf({ apiVersion, kind, namespace, name }: ObjectRef) {
  if (apiVersion !== PLUGIN_API_VERSION || kind !== PLUGIN_KIND) return undefined;
  return toKey(namespace, name);
}

/** The reference to the Plugin of a key. */
export function refOfPlugin(key: ObjectKey): ObjectRef {
  return { apiVersion: PLUGIN_API_VERSION, kind: PLUGIN_KIND, ...splitKey(key) };
}
