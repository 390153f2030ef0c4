import { errnoOf } from "../base/errors.ts";
import type { ProcessIdentity, ProcessTable } from "./process-table.ts";

/**
 * The processes of one instance: its leader, what shares the leader's group or session, and every
 * process that carries the instance's nonce, wherever it went. A signal goes only to a process
 * whose identity holds at that moment.
 */
export class ProcessTree {
  readonly leader: ProcessIdentity;
  readonly #nonce: string;
  readonly #table: ProcessTable;
  /** Members that may not carry the nonce, seen while the leader's group was surely ours. */
  readonly #known = new Map<number, ProcessIdentity>();

  constructor(table: ProcessTable, leader: ProcessIdentity, nonce: string) {
    this.leader = leader;
    this.#nonce = nonce;
    this.#table = table;
  }

  isLeaderAlive(): boolean {
    return this.#table.isAlive(this.leader);
  }

  /** Notes who is in the leader's group, as long as the leader lives to vouch for it. */
  rememberGroup(): void {
    if (this.isLeaderAlive()) this.#remember(this.#table.groupMembers(this.leader.pid));
  }

  /**
   * To be called in the same turn in which the end of our own child is reported: a group that
   * outlives its leader keeps the leader's number from being used again, so it is still ours.
   */
  rememberOrphans(): void {
    if (isGroupPresent(this.leader.pid)) this.#remember(this.#table.groupMembers(this.leader.pid));
  }

  /** The living processes but the leader. */
  async others(): Promise<readonly ProcessIdentity[]> {
    const scan = await this.#table.scanNonces();
    this.#remember(scan.get(this.#nonce) ?? []);
    for (const [pid, identity] of this.#known) {
      if (!this.#table.isAlive(identity)) this.#known.delete(pid);
    }
    return [...this.#known.values()].filter(({ pid }) => pid !== this.leader.pid);
  }

  /** To the leader's group while the leader lives, and to each of `others`. */
  signal(signal: NodeJS.Signals, others: readonly ProcessIdentity[] = []): void {
    // One that was found by its nonce alone need not lead a group.
    if (this.isLeaderAlive() && !sendSignal(-this.leader.pid, signal))
      sendSignal(this.leader.pid, signal);
    for (const identity of others) {
      if (this.#table.isAlive(identity)) sendSignal(identity.pid, signal);
    }
  }

  /** `pid (state D)`, for messages about processes that do not end. */
  describe(identities: readonly ProcessIdentity[]): string {
    return [this.leader, ...identities]
      .flatMap((identity) => {
        const state = this.#table.stateOf(identity);
        return state === undefined ? [] : [`${identity.pid} (state ${state})`];
      })
      .join(", ");
  }

  #remember(identities: readonly ProcessIdentity[]): void {
    for (const identity of identities) this.#known.set(identity.pid, identity);
  }
}

function isGroupPresent(groupId: number): boolean {
  try {
    return process.kill(-groupId, 0);
  } catch (thrown) {
    return errnoOf(thrown) === "EPERM";
  }
}

/** False when there is nobody to signal; one that we may not signal shows up as alive. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (thrown) {
    if (errnoOf(thrown) !== "ESRCH" && errnoOf(thrown) !== "EPERM") throw thrown;
    return false;
  }
}
