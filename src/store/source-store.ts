import { admit } from "../api/admission.ts";
import type { InputObject, ObjectRef, StoredObject } from "../api/meta.ts";
import type { ResourceDefinition } from "../api/resource-definition.ts";
import type { InventoryEntry, SourceProblem } from "../api/source-snapshot.ts";
import { PortunixError } from "../base/errors.ts";
import { definitionOf } from "./definition-of.ts";
import { SOURCE_MANAGER } from "./field-tracker.ts";
import { recordPluginEvent, type PluginEvent } from "./plugin-store.ts";
import type { SourceConflict } from "./source-notes.ts";
import type { Store } from "./store.ts";

export interface SourceStore {
  getObject(ref: ObjectRef): StoredObject | undefined;
  createObject(object: InputObject): StoredObject;
  updateObject(object: InputObject): StoredObject;
  deleteObject(ref: ObjectRef): void;
  ownerOf(ref: ObjectRef): string | undefined;
  inventory(sourceId: string): readonly InventoryEntry[];
  saveInventory(sourceId: string, entries: readonly InventoryEntry[]): void;
  setProblems(sourceId: string, problems: readonly SourceProblem[]): void;
  setConflicts(sourceId: string, conflicts: readonly SourceConflict[]): void;
  recordEvent(event: PluginEvent): void;
}

/** The store as sources of manifests see it: any kind, through the same admission as any client. */
export function createSourceStore(store: Store): SourceStore {
  const get = (ref: ObjectRef) => {
    const definition = definitionOf(store.definitions, ref);
    return definition && store.get(definition, ref.namespace, ref.name);
  };
  return {
    getObject: get,
    createObject(object) {
      const definition = requireDefinition(store, object);
      const admitted = withHolds(admit(definition, object), undefined);
      return store.create(definition, admitted, { manager: SOURCE_MANAGER });
    },
    updateObject(object) {
      const definition = requireDefinition(store, object);
      const admitted = admit(definition, object);
      const { name, namespace = "" } = admitted.metadata;
      const present = store.get(definition, namespace, name);
      return store.update(definition, withHolds(admitted, present), { manager: SOURCE_MANAGER });
    },
    deleteObject(ref) {
      store.delete(requireDefinition(store, ref), ref.namespace, ref.name);
    },
    ownerOf: (ref) => store.inventory.ownerOf(ref),
    inventory: (sourceId) => store.inventory.list(sourceId),
    saveInventory: (sourceId, entries) => store.inventory.save(sourceId, entries),
    setProblems: (sourceId, problems) => store.notes.setProblems(sourceId, problems),
    setConflicts: (sourceId, conflicts) => store.notes.setConflicts(sourceId, conflicts),
    recordEvent: (event) => recordPluginEvent(store, event, "sources"),
  };
}

/**
 * A manifest that says nothing of finalizers and owners does not take them away. Which manager
 * holds which field it cannot say at all.
 */
function withHolds(object: InputObject, present: StoredObject | undefined): InputObject {
  const { finalizers, ownerReferences } = present?.metadata ?? {};
  const { managedFields: _, ...stated } = object.metadata;
  const metadata = {
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...stated,
  };
  return { ...object, metadata };
}

function requireDefinition(
  store: Store,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): ResourceDefinition {
  const definition = definitionOf(store.definitions, { apiVersion, kind });
  if (definition !== undefined) return definition;
  throw new PortunixError(
    "ManifestInvalid",
    `no matches for kind "${kind}" in version "${apiVersion}"`,
  );
}
