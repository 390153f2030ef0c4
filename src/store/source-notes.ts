import type { ObjectRef } from "../api/meta.ts";
import type { SourceProblem } from "../api/source-snapshot.ts";
import { refKey } from "./ref-key.ts";

export interface SourceConflict {
  readonly ref: ObjectRef;
  readonly message: string;
}

/** Told of the objects about which a source has something else to say than before. */
export type NotesListener = (refs: readonly ObjectRef[]) => void;

interface Note {
  readonly ref: ObjectRef;
  readonly text: string;
}

type Notes = ReadonlyMap<string, Note>;

/**
 * What sources found wrong with their texts. In memory only: every source says it again after a
 * start, and what it says then is what counts.
 */
export class SourceNotes {
  readonly #problems = new Map<string, readonly SourceProblem[]>();
  readonly #problemNotes = new Map<string, Notes>();
  readonly #conflictNotes = new Map<string, Notes>();
  readonly #listeners = new Set<NotesListener>();

  /** Everything that the sources complain of now, by source. */
  problems(): ReadonlyMap<string, readonly SourceProblem[]> {
    return new Map(this.#problems);
  }

  /** @param owner - The source that owns the object: what others say of it is their conflict. */
  problemOf(ref: ObjectRef, owner: string | undefined): string | undefined {
    const key = refKey(ref);
    if (owner !== undefined) return this.#problemNotes.get(owner)?.get(key)?.text;
    return first(this.#problemNotes, key);
  }

  conflictOf(ref: ObjectRef): string | undefined {
    return first(this.#conflictNotes, refKey(ref));
  }

  setProblems(sourceId: string, problems: readonly SourceProblem[]): void {
    if (problems.length === 0) this.#problems.delete(sourceId);
    else this.#problems.set(sourceId, problems);
    const notes = problems.flatMap(({ ref, file, line, column, message }) =>
      ref === undefined ? [] : [{ ref, text: `${file}:${line}:${column} ${message}` }],
    );
    this.#replace(this.#problemNotes, sourceId, notes);
  }

  setConflicts(sourceId: string, conflicts: readonly SourceConflict[]): void {
    const notes = conflicts.map(({ ref, message }) => ({ ref, text: message }));
    this.#replace(this.#conflictNotes, sourceId, notes);
  }

  /** @returns Ends it. */
  onChange(listener: NotesListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #replace(all: Map<string, Notes>, sourceId: string, notes: readonly Note[]): void {
    const before: Notes = all.get(sourceId) ?? new Map();
    const after = joined(notes);
    if (after.size === 0) all.delete(sourceId);
    else all.set(sourceId, after);
    const changed = [...new Map([...before, ...after])].flatMap(([key, { ref }]) =>
      before.get(key)?.text === after.get(key)?.text ? [] : [ref],
    );
    if (changed.length === 0) return;
    for (const listener of this.#listeners) listener(changed);
  }
}

/** Of several faults in one object the first is shown, and how many more there are. */
function joined(notes: readonly Note[]): Notes {
  const byKey = new Map<string, readonly Note[]>();
  for (const note of notes) {
    const key = refKey(note.ref);
    byKey.set(key, [...(byKey.get(key) ?? []), note]);
  }
  const texts = new Map<string, Note>();
  for (const [key, [note, ...more]] of byKey) {
    if (note === undefined) continue;
    const text = more.length === 0 ? note.text : `${note.text} (and ${more.length} more)`;
    texts.set(key, { ref: note.ref, text });
  }
  return texts;
}

function first(all: ReadonlyMap<string, Notes>, key: string): string | undefined {
  for (const notes of all.values()) {
    const note = notes.get(key);
    if (note !== undefined) return note.text;
  }
  return undefined;
}
