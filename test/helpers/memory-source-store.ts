import { canonicalJson, isSameJson } from "../../src/base/canonical-json.ts";
import { PortunixError } from "../../src/base/errors.ts";
import type { InputObject, ObjectRef, StoredObject } from "../../src/api/meta.ts";
import type { PluginEvent } from "../../src/reconcile/ports.ts";
import type {
  InventoryEntry,
  SourceProblem,
  SourceStore,
} from "../../src/reconcile/source-ports.ts";
import { refKey } from "../../src/plan/source-ref.ts";

/** Thrown in place of a crash: the store has the effect before it, and not this one. */
export class Crash extends Error {}

/** A SourceStore without a disk: defaults, resourceVersions, and a power switch. */
export class MemorySourceStore implements SourceStore {
  readonly objects = new Map<string, StoredObject>();
  readonly inventories = new Map<string, readonly InventoryEntry[]>();
  readonly problems = new Map<string, readonly SourceProblem[]>();
  readonly conflicts = new Map<string, readonly { ref: ObjectRef; message: string }[]>();
  readonly events: PluginEvent[] = [];
  /** Names whose writes are refused. */
  readonly refused = new Set<string>();
  /** Effects left until the power goes; Infinity for none. */
  effectsLeft = Infinity;
  /** Objects written, created or deleted so far. */
  writes = 0;
  #revision = 0;

  getObject(ref: ObjectRef): StoredObject | undefined {
    return this.objects.get(refKey(ref));
  }

  createObject(object: InputObject): StoredObject {
    const ref = refOf(object);
    if (this.getObject(ref) !== undefined) throw new PortunixError("AlreadyExists", ref.name);
    this.#refuse(ref);
    this.#effect();
    const stored = withDefaults({
      ...object,
      metadata: { ...object.metadata, ...this.#freshMetadata(), namespace: ref.namespace },
    });
    this.objects.set(refKey(ref), stored);
    return stored;
  }

  updateObject(object: InputObject): StoredObject {
    const ref = refOf(object);
    const live = this.getObject(ref);
    if (live === undefined) throw new PortunixError("NotFound", ref.name);
    const { resourceVersion } = object.metadata as { resourceVersion?: string };
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw new PortunixError("Conflict", `${ref.name} has changed`);
    }
    this.#refuse(ref);
    this.#effect();
    const { uid, generation, creationTimestamp, resourceVersion: now } = live.metadata;
    const kept = { uid, generation, creationTimestamp, resourceVersion: now };
    const stored = withDefaults({ ...object, metadata: { ...object.metadata, ...kept } });
    if (isSameJson(stored, live)) return live;
    const next = { ...stored, metadata: { ...stored.metadata, resourceVersion: this.#next() } };
    this.objects.set(refKey(ref), next);
    return next;
  }

  deleteObject(ref: ObjectRef): void {
    this.#refuse(ref);
    this.#effect();
    this.objects.delete(refKey(ref));
  }

  ownerOf(ref: ObjectRef): string | undefined {
    const key = refKey(ref);
    for (const [sourceId, entries] of this.inventories) {
      if (entries.some((entry) => refKey(entry.ref) === key)) return sourceId;
    }
    return undefined;
  }

  inventory(sourceId: string): readonly InventoryEntry[] {
    return this.inventories.get(sourceId) ?? [];
  }

  saveInventory(sourceId: string, entries: readonly InventoryEntry[]): void {
    this.#power();
    this.inventories.set(sourceId, entries);
  }

  setProblems(sourceId: string, problems: readonly SourceProblem[]): void {
    this.problems.set(sourceId, problems);
  }

  setConflicts(sourceId: string, conflicts: readonly { ref: ObjectRef; message: string }[]): void {
    this.conflicts.set(sourceId, conflicts);
  }

  recordEvent(event: PluginEvent): void {
    this.events.push(event);
  }

  /** Somebody else writes past the sources, as a client of the API does. */
  put(object: InputObject): void {
    const live = this.getObject(refOf(object));
    const metadata = { ...(live?.metadata ?? this.#freshMetadata()), ...object.metadata };
    const stored = withDefaults({ ...object, metadata });
    this.objects.set(refKey(refOf(object)), {
      ...stored,
      metadata: { ...stored.metadata, resourceVersion: this.#next() },
    });
  }

  /** All names, sorted. */
  names(): string[] {
    return [...this.objects.values()].map(({ metadata }) => metadata.name).toSorted();
  }

  /** The objects without what differs from run to run. */
  digest(): string {
    const objects = [...this.objects.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return canonicalJson(
      objects.map(([key, { metadata, spec }]) => [
        key,
        metadata.labels,
        metadata.annotations,
        spec,
      ]),
    );
  }

  #refuse({ name }: ObjectRef): void {
    if (this.refused.has(name)) throw new PortunixError("ManifestInvalid", `${name} is refused`);
  }

  #effect(): void {
    this.#power();
    this.writes += 1;
  }

  #power(): void {
    if (this.effectsLeft <= 0) throw new Crash("the power is gone");
    this.effectsLeft -= 1;
  }

  #freshMetadata() {
    return {
      uid: `uid-${this.#revision + 1}`,
      resourceVersion: this.#next(),
      generation: 1,
      creationTimestamp: "2030-01-01T00:00:00Z",
    };
  }

  #next(): string {
    this.#revision += 1;
    return String(this.#revision);
  }
}

/** As admission does: a default where the text says nothing, also inside of a list. */
export function withDefaults<T extends InputObject>(object: T): T {
  const spec = (object.spec ?? {}) as {
    replicas?: unknown;
    dependsOn?: readonly Record<string, unknown>[];
  };
  const dependsOn = spec.dependsOn?.map((item) => ({ condition: "Ready", ...item }));
  return {
    ...object,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      ...(dependsOn === undefined ? {} : { dependsOn }),
    },
  };
}

function refOf({ apiVersion, kind, metadata }: InputObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? "default", name: metadata.name };
}
