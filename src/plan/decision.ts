import type { ConditionStatement } from "../api/conditions.ts";
import type { Blocker, Phase } from "../api/plugin.ts";
import type { Action } from "./action.ts";
import type { Memory } from "./memory.ts";

/** What to do now, what to say, and when to look again. */
export interface Decision {
  /** One safe step, in order; what follows is decided once its effect is seen. */
  readonly actions: readonly Action[];
  readonly conditions: readonly ConditionStatement[];
  readonly blockers: readonly Blocker[];
  readonly phase: Phase;
  readonly readyReplicas: number;
  readonly wantedReplicas: number;
  /** What happens next, in words; empty when nothing will. */
  readonly nextAction: string;
  /** When that is, ms; undefined for at once, for an event to come, and for what is looked at time and again. */
  readonly nextActionAtMs: number | undefined;
  /** Unix epoch, milliseconds: look again then, though no event came. Undefined: only an event can change it. */
  readonly wakeAtMs: number | undefined;
  /** To be stored before any action is performed. */
  readonly memory: Memory;
}

export interface ReplicaCount {
  /** Ready instances among the wanted ordinals, of the revision that is in force. */
  readonly ready: number;
  readonly wanted: number;
}
