import type { StoredObject } from "../api/meta.ts";

/**
 * Encodes objects, and keeps the text beside each: stored objects never change, so a list is a
 * join of texts that are there already. An object's text goes when the object does.
 */
export class ObjectJson {
  readonly #texts = new WeakMap<StoredObject, string>();

  of(object: StoredObject): string {
    const known = this.#texts.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(object);
    this.#texts.set(object, text);
    return text;
  }
}
