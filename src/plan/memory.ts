import type { ErrorCode } from "../base/errors.ts";
import type { PackageType } from "../api/package-manifest.ts";
import type { ActionType } from "./action.ts";

/** What the controller must remember of one key between decisions. Durable; plain JSON. */
export interface Memory {
  /** The uid this memory is about: a new object of the same name starts afresh. */
  readonly uid: string;
  /** Generation and revision last decided on; a change of either is a user's change. */
  readonly generation: number;
  readonly revision: string;
  /** The last generation whose package could be resolved; 0 for none. */
  readonly resolvedGeneration: number;
  /** Type of the package as it was last resolved: what desiredState defaults by. */
  readonly packageType: PackageType | undefined;
  /** Restarts since the object was created. */
  readonly restarts: number;
  /** By ordinal: how its instances have been ending. */
  readonly slots: Readonly<Record<string, SlotMemory>>;
  /** The last failure of an action, until an action of that kind works or the user changes something. */
  readonly failure: ActionFailure | undefined;
  readonly wasEnabled: boolean;
  readonly wasStarted: boolean;
  /** Last time something got better, ms; what the progress deadline counts from. */
  readonly progressAtMs: number;
  readonly lastAppliedRevision: string | undefined;
  readonly lastGoodRevision: string | undefined;
}

export interface SlotMemory {
  /** Ends in a row without enough health between them. */
  readonly failures: number;
  /** Not before this time, ms; 0 = at once. */
  readonly nextStartAtMs: number;
  /** The instance whose end was counted last. */
  readonly lastExitedId: string;
  /** How it ended, in words. */
  readonly lastExit: string;
  /** Why, CamelCase. */
  readonly lastReason: string;
  /** Of this ordinal, since the object was created; left out for none. */
  readonly restarts?: number;
  /** Restart policy says that it stays ended. */
  readonly isDone: boolean;
}

export interface ActionFailure {
  readonly action: ActionType;
  readonly code: ErrorCode;
  readonly message: string;
  readonly count: number;
  /** Not before this time, ms; undefined = not before something changes. */
  readonly retryAtMs: number | undefined;
}

/** The memory of an object that was never seen before. @param uid - empty for an orphan. */
export function freshMemory(uid: string, nowMs: number): Memory {
  return {
    uid,
    generation: 0,
    revision: "",
    resolvedGeneration: 0,
    packageType: undefined,
    restarts: 0,
    slots: {},
    failure: undefined,
    wasEnabled: false,
    wasStarted: false,
    progressAtMs: nowMs,
    lastAppliedRevision: undefined,
    lastGoodRevision: undefined,
  };
}

export const FRESH_SLOT: SlotMemory = {
  failures: 0,
  nextStartAtMs: 0,
  lastExitedId: "",
  lastExit: "",
  lastReason: "",
  isDone: false,
};
