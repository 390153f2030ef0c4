const MAX_ENTRIES = 16;
const MAX_BYTES = 16 * 1024 * 1024;

interface Entry {
  readonly resourceVersion: string;
  readonly bytes: Buffer;
}

/**
 * Lists as they were last sent: until the next write of any kind, the same question has the same
 * answer, byte for byte. Holds at most 16 lists and 16 MiB; the oldest goes first.
 */
export class ListCache {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  /** @param resourceVersion - Of the store, now. @param encode - Called when no such list is held. */
  get(key: string, resourceVersion: string, encode: () => string): Buffer {
    const known = this.#entries.get(key);
    if (known?.resourceVersion === resourceVersion) return known.bytes;
    const bytes = Buffer.from(encode());
    this.#forget(key);
    if (bytes.length <= MAX_BYTES) this.#keep(key, { resourceVersion, bytes });
    return bytes;
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#size += entry.bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= MAX_BYTES && this.#entries.size <= MAX_ENTRIES) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#size -= this.#entries.get(key)?.bytes.length ?? 0;
    this.#entries.delete(key);
  }
}
