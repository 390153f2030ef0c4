import type { ErrorCode } from "../base/errors.ts";
import type { ActionType } from "./action.ts";

/** What the controller must remember of one key between decisions. Durable; plain JSON. */
export interface Memory {
  /** The uid this memory is about: a new object of the same name starts afresh. */
  readonly uid: string;
  /** Generation and revision last decided on; a change of either is a user's change. */
  readonly generation: number;
  readonly revision: string;
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
