import type { StoredObject } from "../api/meta.ts";

/** The objects of one kind, in the order in which they are listed: by namespace, then name. */
export class ObjectCache {
  readonly #byKey = new Map<string, StoredObject>();
  #sorted: StoredObject[] = [];

  /** Takes many at once, in any order. */
  load(objects: readonly StoredObject[]): void {
    for (const object of objects) this.#byKey.set(keyOf(object), object);
    this.#sorted = [...this.#byKey.values()].toSorted(compare);
  }

  get(namespace: string, name: string): StoredObject | undefined {
    return this.#byKey.get(`${namespace}/${name}`);
  }

  list(namespace: string | undefined): readonly StoredObject[] {
    if (namespace === undefined) return this.#sorted.slice();
    const first = this.#indexOf(namespace, "");
    let end = first;
    while (this.#sorted[end]?.metadata.namespace === namespace) end += 1;
    return this.#sorted.slice(first, end);
  }

  put(object: StoredObject): void {
    const { namespace = "", name } = object.metadata;
    const isKnown = this.#byKey.has(keyOf(object));
    this.#sorted.splice(this.#indexOf(namespace, name), isKnown ? 1 : 0, object);
    this.#byKey.set(keyOf(object), object);
  }

  delete(namespace: string, name: string): void {
    if (!this.#byKey.delete(`${namespace}/${name}`)) return;
    this.#sorted.splice(this.#indexOf(namespace, name), 1);
  }

  /** Of the first object that does not come before this name. */
  #indexOf(namespace: string, name: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const object = this.#sorted[middle];
      if (object !== undefined && isBefore(object, namespace, name)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function keyOf({ metadata }: StoredObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function isBefore({ metadata }: StoredObject, namespace: string, name: string): boolean {
  const own = metadata.namespace ?? "";
  return own === namespace ? metadata.name < name : own < namespace;
}

function compare(a: StoredObject, b: StoredObject): number {
  return isBefore(a, b.metadata.namespace ?? "", b.metadata.name) ? -1 : 1;
}
