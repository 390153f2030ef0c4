import { randomUUID } from "node:crypto";
import { type CoreEvent, eventDefinition, type InvolvedObject } from "../api/event-definition.ts";
import type { InputObject, StoredObject } from "../api/meta.ts";
import { DEFAULT_NAMESPACE } from "../api/meta.ts";
import { apiVersionOf, type ResourceDefinition } from "../api/resource-definition.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { EventIndex } from "./event-index.ts";
import { toTimestamp } from "./object-rules.ts";

/** What happened to an object. */
export interface EventRecord {
  readonly involvedObject: InvolvedObject;
  readonly type: "Normal" | "Warning";
  /** CamelCase. */
  readonly reason: string;
  /** Cut at 1,024 characters, as Kubernetes does. */
  readonly message: string;
  /** Who says so, such as `reconciler`. */
  readonly component: string;
}

/** What the recorder needs of the store. */
export interface EventObjects {
  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined;
  list(
    definition: ResourceDefinition,
    namespace: string | undefined,
  ): { readonly items: readonly StoredObject[] };
  create(definition: ResourceDefinition, object: InputObject): StoredObject;
  update(definition: ResourceDefinition, object: InputObject): StoredObject;
  delete(definition: ResourceDefinition, namespace: string, name: string): unknown;
  transaction<T>(run: () => T, durability?: "kill"): T;
}

interface Pending {
  readonly record: EventRecord;
  readonly firstMs: number;
  lastMs: number;
  count: number;
}

/** How long an event may wait for others, to share their way to the disk. */
const FLUSH_DELAY_MS = 100;
const PRUNE_INTERVAL_MS = 600_000;
const MAX_PENDING = 1000;
const MAX_MESSAGE_LENGTH = 1024;

/**
 * Events as core/v1 objects: one for each object, type, reason and message, counted up while it
 * happens again within the hour. They never fail their caller, and a crash may lose the last few.
 */
export class EventRecorder {
  readonly #objects: EventObjects;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #index: EventIndex;
  readonly #pending = new Map<string, Pending>();
  #flushTimer: Timer | undefined;
  #pruneTimer: Timer | undefined;
  #lost = 0;

  constructor(objects: EventObjects, options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#objects = objects;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#index = new EventIndex();
    this.#reload();
    this.#pruneTimer = this.#clock.after(PRUNE_INTERVAL_MS, () => this.#pruneRegularly());
  }

  record(record: EventRecord): void {
    const cut = { ...record, message: record.message.slice(0, MAX_MESSAGE_LENGTH) };
    const key = eventKey(cut);
    const nowMs = this.#clock.nowMs();
    const pending = this.#pending.get(key);
    if (pending === undefined) {
      if (this.#pending.size >= MAX_PENDING) this.flush();
      this.#pending.set(key, { record: cut, firstMs: nowMs, lastMs: nowMs, count: 1 });
    } else {
      pending.count += 1;
      pending.lastMs = nowMs;
    }
    this.#flushTimer ??= this.#clock.after(FLUSH_DELAY_MS, () => this.flush());
  }

  /** Writes what is waiting. Of a disk that is full it says so once, until a write works again. */
  flush(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    const batch = [...this.#pending];
    this.#pending.clear();
    try {
      this.#objects.transaction(() => {
        for (const [key, pending] of batch) this.#write(key, pending);
        this.#prune();
      }, "kill");
      if (this.#lost > 0) this.#logger.info({ lost: this.#lost }, "events are written again");
      this.#lost = 0;
    } catch (error) {
      if (this.#lost === 0)
        this.#logger.warn({ err: error }, "events cannot be written; they are lost");
      for (const [, { count }] of batch) this.#lost += count;
      this.#reload();
    }
  }

  close(): void {
    this.#pruneTimer?.cancel();
    this.#pruneTimer = undefined;
    if (this.#pending.size > 0) this.flush();
  }

  #write(key: string, pending: Pending): void {
    const known = this.#index.get(key);
    const stored =
      known === undefined
        ? undefined
        : this.#objects.get(eventDefinition, known.namespace, known.name);
    const isRecent = this.#index.isRecent(known, pending.lastMs);
    const event =
      stored !== undefined && isRecent
        ? this.#objects.update(eventDefinition, countedUp(stored as CoreEvent, pending))
        : this.#create(pending);
    if (event !== undefined) this.#index.put(key, event as CoreEvent);
  }

  /** A namespace that is being deleted takes no more events. */
  #create(pending: Pending): StoredObject | undefined {
    try {
      return this.#objects.create(eventDefinition, toEvent(pending));
    } catch (thrown) {
      if (thrown instanceof PortunixError && thrown.code === "PermissionDenied") return undefined;
      throw thrown;
    }
  }

  #prune(): void {
    for (const { namespace, name } of this.#index.takeSurplus(this.#clock.nowMs())) {
      if (this.#objects.get(eventDefinition, namespace, name) === undefined) continue;
      this.#objects.delete(eventDefinition, namespace, name);
    }
  }

  #pruneRegularly(): void {
    this.flush();
    this.#pruneTimer = this.#clock.after(PRUNE_INTERVAL_MS, () => this.#pruneRegularly());
  }

  #reload(): void {
    const events = this.#objects.list(eventDefinition, undefined).items as readonly CoreEvent[];
    this.#index.load(events.map((event) => [eventKey(recordOf(event)), event]));
  }
}

type Identifying = Pick<EventRecord, "type" | "reason" | "message"> & {
  readonly involvedObject: Partial<InvolvedObject>;
};

function eventKey({ involvedObject, type, reason, message }: Identifying): string {
  const { apiVersion, kind, namespace, name, uid = "" } = involvedObject;
  return JSON.stringify([apiVersion, kind, namespace, name, uid, type, reason, message]);
}

/** A client may have made an event with next to nothing in it. */
function recordOf({ involvedObject, type, reason, message }: Partial<CoreEvent>): Identifying {
  return {
    involvedObject: involvedObject ?? {},
    type: type ?? "Normal",
    reason: reason ?? "",
    message: message ?? "",
  };
}

function toEvent({ record, firstMs, lastMs, count }: Pending): InputObject {
  const { involvedObject, type, reason, message, component } = record;
  const unique = randomUUID().replaceAll("-", "").slice(0, 16);
  const event = {
    apiVersion: apiVersionOf(eventDefinition),
    kind: eventDefinition.kind,
    metadata: {
      name: `${involvedObject.name}.${unique}`,
      namespace: involvedObject.namespace || DEFAULT_NAMESPACE,
    },
    involvedObject,
    reason,
    message,
    type,
    count,
    firstTimestamp: toTimestamp(firstMs),
    lastTimestamp: toTimestamp(lastMs),
    source: { component },
  };
  return event;
}

function countedUp(event: CoreEvent, { count, lastMs }: Pending): InputObject {
  const counted = { count: (event.count ?? 1) + count, lastTimestamp: toTimestamp(lastMs) };
  return { ...event, ...counted };
}
