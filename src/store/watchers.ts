import type { Logger } from "../base/logger.ts";
import type { StoreEvent, Subscription } from "./object-store.ts";

export interface Watcher {
  readonly resource: string;
  /** Undefined for all. */
  readonly namespace: string | undefined;
  readonly onEvent: (event: StoreEvent) => void;
}

interface Delivery {
  readonly resource: string;
  readonly revision: number;
  readonly event: StoreEvent;
}

/** Tells watchers of writes, each watcher in the order of the revisions and each write once. */
export class Watchers {
  readonly #logger: Logger;
  /** With the revision that each has been told of. */
  readonly #seen = new Map<Watcher, number>();
  readonly #queue: Delivery[] = [];
  #isDelivering = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param revision - Of the newest write the watcher knows. */
  add(watcher: Watcher, revision: number): Subscription {
    this.#seen.set(watcher, revision);
    return { close: () => void this.#seen.delete(watcher) };
  }

  /** A write made by a watcher waits its turn, so that no other watcher sees the two swapped. */
  publish(delivery: Delivery): void {
    this.#queue.push(delivery);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      for (const watcher of this.#seen.keys()) this.#offer(watcher, next);
    }
    this.#isDelivering = false;
  }

  /** A watcher that throws must not harm the writer, whose write is done. */
  tell(watcher: Watcher, event: StoreEvent): void {
    try {
      watcher.onEvent(event);
    } catch (error) {
      this.#logger.error({ err: error, resource: watcher.resource }, "a watcher of objects failed");
    }
  }

  #offer(watcher: Watcher, { resource, revision, event }: Delivery): void {
    const seen = this.#seen.get(watcher);
    if (seen === undefined || seen >= revision || watcher.resource !== resource) return;
    if (watcher.namespace !== undefined && watcher.namespace !== event.object.metadata.namespace)
      return;
    this.#seen.set(watcher, revision);
    this.tell(watcher, event);
  }
}
