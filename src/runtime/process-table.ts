import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from "node:fs";

/** Names one process for as long as the machine is up, and no other ever. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, /proc/PID/stat field 22. */
  readonly startTime: number;
  readonly bootId: string;
}

/** Stands for a process that is not there; its boot id matches none. */
export const NO_PROCESS: ProcessIdentity = { pid: 0, startTime: 0, bootId: "" };

export interface ProcessStat {
  /** One letter, such as R, S, D, T, Z. */
  readonly state: string;
  readonly processGroup: number;
  readonly session: number;
  readonly startTime: number;
}

export const NONCE_VARIABLE = "PORTUNIX_INSTANCE_NONCE";
export const ID_VARIABLE = "PORTUNIX_INSTANCE_ID";

/** Linux takes more, but a process whose environment is larger than this is none that we started. */
const ENVIRONMENT_MAX_BYTES = 2 * 1024 * 1024;

/** What the environment of one process said. */
interface RememberedNonce {
  /** Of `/proc/PID`: another process with the same pid has another one. */
  readonly inode: number;
  readonly nonce: string | undefined;
  /** Monotonic, ms. */
  readonly firstSeenMs: number;
  readonly readMs: number;
}

/** A child has its parent's environment until it runs its own program: what is younger is read again. */
const SETTLED_MS = 2_000;

/** The one place that reads /proc. Everything is of the present, but for environments, which do not change. */
export class ProcessTable {
  readonly bootId: string;
  readonly #nonces = new Map<number, RememberedNonce>();
  #pendingScan: Promise<ReadonlyMap<string, readonly ProcessIdentity[]>> | undefined;

  constructor() {
    this.bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  }

  /** The process that has this pid now; undefined for none and for one that has ended (zombie). */
  identify(pid: number): ProcessIdentity | undefined {
    const stat = readStat(pid);
    if (stat === undefined || isEnded(stat)) return undefined;
    return { pid, startTime: stat.startTime, bootId: this.bootId };
  }

  isAlive(identity: ProcessIdentity): boolean {
    return this.stateOf(identity) !== undefined;
  }

  /** The state letter; undefined once it has ended, also when its pid belongs to another by now. */
  stateOf(identity: ProcessIdentity): string | undefined {
    if (identity.bootId !== this.bootId) return undefined;
    const stat = readStat(identity.pid);
    if (stat === undefined || isEnded(stat) || stat.startTime !== identity.startTime)
      return undefined;
    return stat.state;
  }

  /**
   * Whether the process was started as this instance, by its environment; undefined when the
   * process has overwritten its environment, as some do to change their title.
   */
  carries(pid: number, nonce: string, instanceId: string): boolean | undefined {
    const entries = readEnvironment(pid).split("\0");
    if (entries.includes(`${NONCE_VARIABLE}=${nonce}`)) return true;
    if (entries.includes(`${ID_VARIABLE}=${instanceId}`)) return true;
    return entries.some((entry) => /^[A-Za-z_]\w*=/.test(entry)) ? false : undefined;
  }

  /**
   * All living processes that carry a nonce, by nonce. One pass over /proc serves every request
   * made before the pass begins, so that many ends at once cost one.
   */
  scanNonces(): Promise<ReadonlyMap<string, readonly ProcessIdentity[]>> {
    this.#pendingScan ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#pendingScan = undefined;
        resolve(this.#scan());
      });
    });
    return this.#pendingScan;
  }

  /** Living processes of this process group or session. Costs a pass over /proc. */
  groupMembers(groupId: number): readonly ProcessIdentity[] {
    return listPids().flatMap((pid) => {
      const stat = readStat(pid);
      if (stat === undefined || isEnded(stat)) return [];
      const isMember = stat.processGroup === groupId || stat.session === groupId;
      return isMember ? [{ pid, startTime: stat.startTime, bootId: this.bootId }] : [];
    });
  }

  #scan(): ReadonlyMap<string, readonly ProcessIdentity[]> {
    const found = new Map<string, ProcessIdentity[]>();
    const pids = listPids();
    this.#forgetAllBut(pids);
    for (const pid of pids) {
      const nonce = this.#nonceOf(pid);
      const identity = nonce === undefined ? undefined : this.identify(pid);
      if (nonce === undefined || identity === undefined) continue;
      found.set(nonce, [...(found.get(nonce) ?? []), identity]);
    }
    return found;
  }

  /** Reading every environment anew would be most of what healing costs. */
  #nonceOf(pid: number): string | undefined {
    const inode = inodeOf(pid);
    if (inode === undefined) return undefined;
    const nowMs = performance.now();
    const known = this.#nonces.get(pid);
    const isSame = known?.inode === inode;
    if (isSame && known.readMs - known.firstSeenMs >= SETTLED_MS) return known.nonce;
    const nonce = nonceOf(readEnvironment(pid));
    const firstSeenMs = isSame ? known.firstSeenMs : nowMs;
    this.#nonces.set(pid, { inode, nonce, firstSeenMs, readMs: nowMs });
    return nonce;
  }

  #forgetAllBut(pids: readonly number[]): void {
    const present = new Set(pids);
    for (const pid of this.#nonces.keys()) if (!present.has(pid)) this.#nonces.delete(pid);
  }
}

/** Parses after the last `)`: the command's name before it may hold anything. */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , processGroup, session] = fields;
  const startTime = Number(fields[19]);
  if (state === undefined || fields.length < 20 || !Number.isSafeInteger(startTime))
    return undefined;
  return { state, processGroup: Number(processGroup), session: Number(session), startTime };
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`, 4096);
  return text === "" ? undefined : parseStat(text);
}

function isEnded({ state }: ProcessStat): boolean {
  return state === "Z" || state === "X";
}

function inodeOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}

function readEnvironment(pid: number): string {
  return readProc(`/proc/${pid}/environ`, ENVIRONMENT_MAX_BYTES);
}

/** Another variable may hold the nonce's name in its value, and come first. */
function nonceOf(environment: string): string | undefined {
  const name = `${NONCE_VARIABLE}=`;
  const at = `\0${environment}`.indexOf(`\0${name}`);
  if (at === -1) return undefined;
  const begin = at + name.length;
  const end = environment.indexOf("\0", begin);
  return environment.slice(begin, end === -1 ? undefined : end);
}

export function listPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Made once, when first needed. */
const buffer = { bytes: Buffer.alloc(0) };

/** Empty when the process is gone or not ours to read. Three system calls: this is a hot path. */
export function readProc(path: string, maxBytes: number): string {
  if (buffer.bytes.length === 0) buffer.bytes = Buffer.alloc(16_384);
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    let text = "";
    while (text.length < maxBytes) {
      const read = readSync(file, buffer.bytes);
      text += buffer.bytes.toString("latin1", 0, read);
      if (read < buffer.bytes.length) break;
    }
    return text;
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
