import { configMapDefinition } from "../api/config-map-definition.ts";
import { toKey, type ObjectKey } from "../api/key.ts";
import type { StoredObject } from "../api/meta.ts";
import { pluginDefinition } from "../api/plugin-definition.ts";
import { secretDefinition } from "../api/secret-definition.ts";
import type { StoreEvent } from "./object-store.ts";
import { pluginKeyOf } from "./plugin-store.ts";
import type { Store } from "./store.ts";

export interface PluginChange {
  readonly key: ObjectKey;
  readonly isStatusOnly: boolean;
}

export interface ConfigObjectRef {
  readonly kind: "Secret" | "ConfigMap";
  readonly namespace: string;
  readonly name: string;
}

export interface PluginChanges {
  /** Also when a source has something else to say of the Plugin. @returns Ends the watch. */
  watchPlugins(listener: (change: PluginChange) => void): () => void;
  watchConfigObjects(listener: (object: ConfigObjectRef) => void): () => void;
}

/** The store's changes as the reconciler of Plugins wants them. */
export function createPluginChanges(store: Store): PluginChanges {
  return {
    watchPlugins(listener) {
      const from = store.resourceVersion();
      const subscription = store.watch(pluginDefinition, undefined, from, (event) => {
        const { namespace = "", name } = event.object.metadata;
        listener({ key: toKey(namespace, name), isStatusOnly: isStatusOnly(event) });
      });
      const stop = store.notes.onChange((refs) => {
        for (const key of refs.map(pluginKeyOf)) {
          if (key !== undefined) listener({ key, isStatusOnly: false });
        }
      });
      return () => {
        subscription.close();
        stop();
      };
    },
    watchConfigObjects(listener) {
      const kinds = [
        ["Secret", secretDefinition],
        ["ConfigMap", configMapDefinition],
      ] as const;
      const subscriptions = kinds.map(([kind, definition]) =>
        store.watch(definition, undefined, store.resourceVersion(), ({ object: { metadata } }) =>
          listener({ kind, namespace: metadata.namespace ?? "", name: metadata.name }),
        ),
      );
      return () => subscriptions.forEach((subscription) => subscription.close());
    },
  };
}

/** The echo of a controller's own write: nothing that anybody asked for has changed. */
export function isStatusOnly({ type, object, previous }: StoreEvent): boolean {
  if (type !== "MODIFIED" || previous === undefined) return false;
  return withoutStatus(object) === withoutStatus(previous);
}

/** A write of status keeps the order of all other members, so that plain JSON will do. */
function withoutStatus({ metadata, ...object }: StoredObject): string {
  return JSON.stringify({
    ...object,
    status: null,
    metadata: { ...metadata, resourceVersion: "", managedFields: undefined },
  });
}
