import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { PortunixError } from "../base/errors.ts";
import { readFileBounded, syncDirectory, toStorageError, writeFileAtomic } from "../base/files.ts";
import {
  EMPTY_REGISTRY,
  parseRegistry,
  type RegistryData,
  serialiseRegistry,
} from "./registry-data.ts";

const MAX_BYTES = 64 * 1024 ** 2;

type Change = (data: RegistryData) => RegistryData;

interface Waiting {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (error: PortunixError) => void;
}

/**
 * registry.json and what it says. Changes that come while a write is under way go into the next one
 * together, so that a hundred plugins cost a few writes. What is told of is what is on disk.
 */
export class RegistryFile {
  readonly #path: string;
  #data: RegistryData = EMPTY_REGISTRY;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(path: string) {
    this.#path = path;
  }

  get data(): RegistryData {
    return this.#data;
  }

  /**
   * Reads the file. One that is not ours is kept aside as registry.json.bad.
   *
   * @returns What was wrong with it; undefined when nothing was.
   */
  async load(): Promise<string | undefined> {
    const text = await readFileBounded(this.#path, MAX_BYTES).catch((thrown: unknown) => {
      if (thrown instanceof PortunixError) return thrown;
      throw thrown;
    });
    if (text === undefined) return "missing";
    const parsed =
      text instanceof PortunixError ? { problem: text.message } : parseRegistry(text.toString());
    if (!("problem" in parsed)) {
      this.#data = parsed;
      return undefined;
    }
    await rename(this.#path, `${this.#path}.bad`);
    return parsed.problem;
  }

  /**
   * Applies a change to the newest data and resolves once it is on disk.
   *
   * @param change - Pure; gives the same value back when there is nothing to change. What it throws
   * rejects this call alone.
   */
  async update(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#isWriting) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#write(batch);
    }
    this.#isWriting = false;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    let next = this.#data;
    const applied: Waiting[] = [];
    for (const waiting of batch) {
      try {
        next = waiting.change(next);
        applied.push(waiting);
      } catch (thrown) {
        waiting.reject(PortunixError.from(thrown));
      }
    }
    try {
      if (next !== this.#data) {
        await writeFileAtomic(this.#path, serialiseRegistry(next));
        await syncDirectory(dirname(this.#path));
      }
      this.#data = next;
      for (const { resolve } of applied) resolve();
    } catch (thrown) {
      const error = toStorageError(`${this.#path} could not be written`, thrown);
      for (const { reject } of applied) reject(error);
    }
  }
}
