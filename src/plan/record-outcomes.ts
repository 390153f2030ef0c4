import { backoffMs, jitterOf } from "../base/backoff.ts";
import { ERROR_CODES, type PortunixError } from "../base/errors.ts";
import type { Action } from "./action.ts";
import type { ActionFailure, Memory } from "./memory.ts";
import { ACTION_BACKOFF } from "./remember.ts";

/** What became of one action. */
export type Outcome =
  | { readonly action: Action; readonly ok: true }
  | { readonly action: Action; readonly ok: false; readonly error: PortunixError };

/** Takes outcomes into memory: a failure sets the wait before the next try, a success clears it. */
export function recordOutcomes(
  memory: Memory,
  outcomes: readonly Outcome[],
  nowMs: number,
): Memory {
  return outcomes.reduce((before, outcome) => recordOutcome(before, outcome, nowMs), memory);
}

function recordOutcome(memory: Memory, outcome: Outcome, nowMs: number): Memory {
  const { action } = outcome;
  if (!outcome.ok) return { ...memory, failure: nextFailure(memory, outcome, nowMs) };
  return memory.failure?.action === action.type ? { ...memory, failure: undefined } : memory;
}

function nextFailure(
  { failure, uid }: Memory,
  { action, error }: Extract<Outcome, { ok: false }>,
  nowMs: number,
): ActionFailure {
  const count = failure?.action === action.type ? failure.count + 1 : 1;
  const isFinal = ERROR_CODES[error.code].retry.kind === "never";
  const delayMs = backoffMs(ACTION_BACKOFF, count, jitterOf(`${uid}${action.type}${count}`));
  return {
    action: action.type,
    code: error.code,
    message: error.message,
    count,
    retryAtMs: isFinal ? undefined : nowMs + delayMs,
  };
}
