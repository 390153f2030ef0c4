import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ObjectStore, Subscription } from "../ports.ts";

/** What is to be emptied: the objects of some kinds, in one namespace or in all. */
export interface Content {
  readonly definitions: readonly ResourceDefinition[];
  /** Undefined for all. */
  readonly namespace: string | undefined;
}

/**
 * Deletes everything there is in some scopes, and watches each until what finalizers hold has gone
 * too. Level-triggered: it may be asked for the same scope again and again.
 */
export class ContentCleanup {
  readonly #store: ObjectStore;
  readonly #open = new Map<string, readonly Subscription[]>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @param again - Called when one of the objects that were left has gone. @returns Whether none is left. */
  empty(scope: string, content: Content, again: () => void): boolean {
    for (const definition of content.definitions) this.#deleteAll(definition, content.namespace);
    if (content.definitions.every((definition) => this.#isEmpty(definition, content.namespace))) {
      this.stop(scope);
      return true;
    }
    if (!this.#open.has(scope)) this.#open.set(scope, this.#watch(content, again));
    return false;
  }

  stop(scope: string): void {
    for (const subscription of this.#open.get(scope) ?? []) subscription.close();
    this.#open.delete(scope);
  }

  close(): void {
    for (const scope of this.#open.keys()) this.stop(scope);
  }

  #isEmpty(definition: ResourceDefinition, namespace: string | undefined): boolean {
    return this.#store.list(definition, namespace).items.length === 0;
  }

  #deleteAll(definition: ResourceDefinition, namespace: string | undefined): void {
    for (const { metadata } of this.#store.list(definition, namespace).items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      try {
        this.#store.delete(definition, metadata.namespace ?? "", metadata.name);
      } catch (thrown) {
        // Another deletion may have taken it along.
        if (!(thrown instanceof PortunixError && thrown.code === "NotFound")) throw thrown;
      }
    }
  }

  #watch({ definitions, namespace }: Content, again: () => void): Subscription[] {
    const from = this.#store.resourceVersion();
    return definitions.map((definition) =>
      this.#store.watch(definition, namespace, from, ({ type }) => {
        if (type === "DELETED") again();
      }),
    );
  }
}
