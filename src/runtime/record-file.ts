import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseRecord, type InstanceRecord } from "./instance-record.ts";

const RECORD_FILE = "instance.json";
/** Far above any record of ours. */
const RECORD_MAX_BYTES = 1024 * 1024;

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

  /** Undefined when the file is torn, foreign, no regular file, or not there. */
  load(id: string): InstanceRecord | undefined {
    try {
      return parseRecord(JSON.parse(readRecord(this.#path())), id);
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

/**
 * The plugin's socket lies beside the record, so the plugin can put anything in its place: a FIFO
 * would be waited for, and a device read, for ever.
 */
function readRecord(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > RECORD_MAX_BYTES) throw new RangeError("no record of ours");
    const bytes = Buffer.alloc(stats.size);
    return bytes.toString("utf8", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
