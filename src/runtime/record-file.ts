import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseRecord, type InstanceRecord } from "./instance-record.ts";

const RECORD_FILE = "instance.json";

/** The record of one instance on disk, `run/p/<id>/instance.json`. */
export class RecordFile {
  readonly directory: string;
  #writes = 0;

  constructor(instancesDir: string, id: string) {
    this.directory = join(instancesDir, id);
  }

  create(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  /**
   * Replaces the record as a whole, in one turn. Outlives a kill of the daemon at any moment. Not
   * forced to the disk: a power cut may lose it, but that ends the processes, too.
   */
  save(record: InstanceRecord): void {
    this.#writes += 1;
    const temporary = join(this.directory, `${RECORD_FILE}.${process.pid}-${this.#writes}.tmp`);
    try {
      writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: "wx" });
      renameSync(temporary, this.#path());
    } catch (thrown) {
      rmSync(temporary, { force: true });
      throw thrown;
    }
  }

  /** Undefined when the file is torn, foreign, or not there. */
  load(id: string): InstanceRecord | undefined {
    try {
      return parseRecord(JSON.parse(readFileSync(this.#path(), "utf8")), id);
    } catch {
      return undefined;
    }
  }

  /**
   * Whether the record was written elsewhere and still lies there: then this one came with a copy
   * of the whole home. One that was moved, or is reached by another path, is the original.
   */
  isCopy({ directory }: InstanceRecord): boolean {
    const original = statSync(join(directory, RECORD_FILE), { throwIfNoEntry: false });
    const ours = statSync(this.#path(), { throwIfNoEntry: false });
    if (original === undefined || ours === undefined) return false;
    return original.ino !== ours.ino || original.dev !== ours.dev;
  }

  /** True for a directory in which no record was ever completed: nothing was launched from it. */
  isUnborn(): boolean {
    return readdirSync(this.directory).every(
      (name) => name.startsWith(`${RECORD_FILE}.`) && name.endsWith(".tmp"),
    );
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #path(): string {
    return join(this.directory, RECORD_FILE);
  }
}
