import type { InputObject, ObjectRef, StoredObject } from "../api/meta.ts";
import type { InventoryEntry, SourceProblem } from "../api/source-snapshot.ts";
import type { PluginEvent } from "./ports.ts";

export type { InventoryEntry, SourceProblem } from "../api/source-snapshot.ts";

/** What keeping a source and the store the same needs of the store. Synchronous and durable, as the API server's port. */
export interface SourceStore {
  getObject(ref: ObjectRef): StoredObject | undefined;
  /** Through the same admission as any client: defaults, validation, generation. */
  createObject(object: InputObject): StoredObject;
  updateObject(object: InputObject): StoredObject;
  deleteObject(ref: ObjectRef): void;
  /** The source that owns the object; undefined when none does. */
  ownerOf(ref: ObjectRef): string | undefined;
  inventory(sourceId: string): readonly InventoryEntry[];
  saveInventory(sourceId: string, entries: readonly InventoryEntry[]): void;
  /** Replaces what this source had to say. */
  setProblems(sourceId: string, problems: readonly SourceProblem[]): void;
  /** Objects of this source's text that another source owns; replaces the former set. */
  setConflicts(
    sourceId: string,
    conflicts: readonly { readonly ref: ObjectRef; readonly message: string }[],
  ): void;
  recordEvent(event: PluginEvent): void;
}
