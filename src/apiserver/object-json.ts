import type { StoredObject } from "../api/meta.ts";
import type { ObjectStore } from "./ports.ts";

/**
 * Encodes objects. Stored objects never change, so each one's text is kept: by the store where it
 * has it, else here, beside the object and as long as it. A list is a join of such texts.
 */
export class ObjectJson {
  readonly #store: Pick<ObjectStore, "text">;
  readonly #texts = new WeakMap<StoredObject, string>();

  constructor(store: Pick<ObjectStore, "text">) {
    this.#store = store;
  }

  of(object: StoredObject): string {
    return this.#store.text?.(object) ?? this.#ownText(object);
  }

  #ownText(object: StoredObject): string {
    const known = this.#texts.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(object);
    this.#texts.set(object, text);
    return text;
  }
}
