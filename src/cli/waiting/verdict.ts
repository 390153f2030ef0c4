import type { StoredObject } from "../../api/meta.ts";
import { conditionIn, isObserved, isStalled, isTrue, statusOf } from "../objects/plugin-facts.ts";

/** Where an object stands on its way to what is waited for. */
export interface Verdict {
  readonly state: "met" | "failed" | "waiting";
  /** How it stands, for people. */
  readonly message: string;
}

/** Judges an object as it is now; undefined = it is not there. */
export type Judge = (object: StoredObject | undefined) => Verdict;

const ABSENT: Verdict = { state: "waiting", message: "is not there yet" };

/** Ready, or failed for good, for the newest spec. */
export const judgeReady: Judge = (object) => {
  if (object === undefined) return ABSENT;
  if (!isObserved(object)) return waiting("Pending");
  if (isStalled(object)) return failed(explain(object, "Stalled"));
  if (isTrue(object, "Suspended")) return met("Suspended");
  const isSettled = isTrue(object, "Ready") && !isTrue(object, "Reconciling");
  return isSettled ? met(phaseOf(object)) : waiting(explain(object, "Ready"));
};

/** A condition has this status for the newest spec. Stalled means that it will not come to pass. */
export function judgeCondition(type: string, status: string): Judge {
  return (object) => {
    if (object === undefined) return ABSENT;
    const condition = conditionIn(object, type);
    const isFresh =
      (condition?.observedGeneration ?? Infinity) >= (object.metadata.generation ?? 0);
    const isAsWanted = (condition?.status ?? "Unknown").toLowerCase() === status.toLowerCase();
    if (isAsWanted && isFresh && isObserved(object)) return met(`${type}=${status}`);
    if (isStalled(object) && type.toLowerCase() !== "stalled")
      return failed(explain(object, "Stalled"));
    return waiting(explain(object, type));
  };
}

/** Gone, or another object of the same name is there. @param uid - Of the one that should go. */
export function judgeDeleted(uid: string | undefined): Judge {
  return (object) => {
    const isGone = object === undefined || (uid !== undefined && object.metadata.uid !== uid);
    if (isGone) return met("deleted");
    const next = statusOf(object).nextAction;
    return waiting(next === undefined || next === "" ? "is being deleted" : next);
  };
}

/** `{.a.b[0].c}` has this value; any value where none is given. */
export function judgeJsonPath(path: readonly string[], wanted: string | undefined): Judge {
  return (object) => {
    if (object === undefined) return ABSENT;
    const value = valueAt(object, path);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const isMet = wanted === undefined ? value !== undefined : text === wanted;
    return isMet ? met(text ?? "") : waiting(`.${path.join(".")} is ${text ?? "not set"}`);
  };
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** `Progressing: starting`: a condition's reason and message. */
function explain(object: StoredObject, type: string): string {
  const condition = conditionIn(object, type);
  if (condition === undefined) return "Pending";
  return condition.message === "" ? condition.reason : `${condition.reason}: ${condition.message}`;
}

function phaseOf(object: StoredObject): string {
  return statusOf(object).phase ?? "Ready";
}

function met(message: string): Verdict {
  return { state: "met", message };
}

function failed(message: string): Verdict {
  return { state: "failed", message };
}

function waiting(message: string): Verdict {
  return { state: "waiting", message };
}
