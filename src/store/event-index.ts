import type { CoreEvent } from "../api/event-definition.ts";

export interface KnownEvent {
  readonly namespace: string;
  readonly name: string;
  /** The object it is about. */
  readonly object: string;
  readonly lastMs: number;
}

const TTL_MS = 3_600_000;
const MAX_PER_OBJECT = 50;
const MAX_EVENTS = 5000;
/** Deletions in one go; the rest goes the next time. */
const MAX_BATCH = 500;

/** Which events are there, the longest silent first, and which of them are too many or too old. */
export class EventIndex {
  readonly #byKey = new Map<string, KnownEvent>();
  readonly #perObject = new Map<string, number>();
  #surplus: KnownEvent[] = [];

  load(events: readonly (readonly [key: string, event: CoreEvent])[]): void {
    this.#byKey.clear();
    this.#perObject.clear();
    this.#surplus = [];
    const order = ([, a]: readonly [string, CoreEvent], [, b]: readonly [string, CoreEvent]) =>
      toKnown(a).lastMs - toKnown(b).lastMs;
    for (const [key, event] of events.toSorted(order)) this.put(key, event);
  }

  get(key: string): KnownEvent | undefined {
    return this.#byKey.get(key);
  }

  isRecent(known: KnownEvent | undefined, nowMs: number): boolean {
    return known !== undefined && nowMs - known.lastMs < TTL_MS;
  }

  put(key: string, event: CoreEvent): void {
    const known = toKnown(event);
    const before = this.#remove(key);
    // An old one whose place a new one takes.
    if (before !== undefined && before.name !== known.name) this.#surplus.push(before);
    this.#byKey.set(key, known);
    const count = (this.#perObject.get(known.object) ?? 0) + 1;
    this.#perObject.set(known.object, count);
    if (count > MAX_PER_OBJECT) this.#dropOldestOf(known.object);
  }

  /** What must go now; the index has forgotten it. */
  takeSurplus(nowMs: number): readonly KnownEvent[] {
    for (const [key, known] of this.#byKey) {
      const isFine = this.isRecent(known, nowMs) && this.#byKey.size <= MAX_EVENTS;
      if (isFine || this.#surplus.length >= MAX_BATCH) break;
      this.#drop(key);
    }
    return this.#surplus.splice(0, MAX_BATCH);
  }

  #dropOldestOf(object: string): void {
    for (const [key, known] of this.#byKey) {
      if (known.object !== object) continue;
      this.#drop(key);
      return;
    }
  }

  #drop(key: string): void {
    const known = this.#remove(key);
    if (known !== undefined) this.#surplus.push(known);
  }

  #remove(key: string): KnownEvent | undefined {
    const known = this.#byKey.get(key);
    if (known === undefined) return undefined;
    this.#byKey.delete(key);
    const count = (this.#perObject.get(known.object) ?? 1) - 1;
    if (count === 0) this.#perObject.delete(known.object);
    else this.#perObject.set(known.object, count);
    return known;
  }
}

function toKnown(event: Partial<CoreEvent> & Pick<CoreEvent, "metadata">): KnownEvent {
  const { metadata, involvedObject, lastTimestamp } = event;
  const { apiVersion = "", kind = "", namespace = "", name = "" } = involvedObject ?? {};
  const time = Date.parse(lastTimestamp ?? metadata.creationTimestamp);
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    object: `${apiVersion} ${kind} ${namespace} ${name}`,
    lastMs: Number.isNaN(time) ? Date.parse(metadata.creationTimestamp) : time,
  };
}
