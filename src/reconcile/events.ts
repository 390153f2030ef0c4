import { conditionOf } from "../api/conditions.ts";
import type { PluginStatus } from "../api/plugin.ts";
import { describeAction } from "../plan/describe-action.ts";
import type { Memory } from "../plan/memory.ts";
import type { Outcome } from "../plan/record-outcomes.ts";
import type { ActionType } from "../plan/action.ts";
import type { PluginEvent } from "./ports.ts";

/** An event before it is known which object it is about. */
export type EventText = Pick<PluginEvent, "type" | "reason" | "message">;

export interface Transition {
  readonly before: PluginStatus | undefined;
  readonly after: PluginStatus;
  readonly memoryBefore: Memory;
  readonly memoryAfter: Memory;
}

/** What a change of status is worth telling, once each. */
export function transitionEvents(transition: Transition): EventText[] {
  return [
    ...endEvents(transition),
    ...readyEvents(transition),
    ...stalledEvents(transition),
    ...backOffEvents(transition),
  ];
}

/** What the actions did, once each. An error's text names no configuration value. */
export function outcomeEvents(outcomes: readonly Outcome[]): EventText[] {
  return outcomes.flatMap((outcome): EventText[] => {
    const { action } = outcome;
    const text = describeAction(action);
    if (!outcome.ok) {
      const message = `could not ${text}: ${outcome.error.code}: ${outcome.error.message}`;
      return [{ type: "Warning", reason: `${PAST_TENSE[action.type].failed}Failed`, message }];
    }
    const reason = PAST_TENSE[action.type].done;
    if (reason === undefined) return [];
    const isUnhealthy = action.type === "stop" && action.reason === "Unhealthy";
    return isUnhealthy
      ? [{ type: "Warning", reason: "Unhealthy", message: `${text}: its health check fails` }]
      : [{ type: "Normal", reason, message: text }];
  });
}

/** `done` is undefined where success needs no telling. */
const PAST_TENSE: Readonly<
  Record<ActionType, { readonly done: string | undefined; readonly failed: string }>
> = {
  install: { done: "Installed", failed: "Install" },
  enable: { done: "Enabled", failed: "Enable" },
  configure: { done: "Configured", failed: "Configure" },
  start: { done: "Started", failed: "Start" },
  stop: { done: "Stopping", failed: "Stop" },
  forget: { done: undefined, failed: "Forget" },
  disable: { done: "Disabled", failed: "Disable" },
  uninstall: { done: "Uninstalled", failed: "Uninstall" },
  finalize: { done: undefined, failed: "Finalize" },
};

function endEvents({ memoryBefore, memoryAfter, after }: Transition): EventText[] {
  const ended = new Set(
    after.instances.filter(({ state }) => state === "exited").map(({ id }) => id),
  );
  return Object.entries(memoryAfter.slots).flatMap(([ordinal, slot]): EventText[] => {
    const isNew = memoryBefore.slots[ordinal]?.lastExitedId !== slot.lastExitedId;
    if (!isNew || !ended.has(slot.lastExitedId)) return [];
    const message = `instance ${ordinal} ended: ${slot.lastExit}`;
    return [{ type: slot.isDone ? "Normal" : "Warning", reason: "Exited", message }];
  });
}

function readyEvents({ before, after }: Transition): EventText[] {
  const was = conditionOf(before?.conditions, "Ready");
  const is = conditionOf(after.conditions, "Ready");
  if (is === undefined || was?.status === is.status) return [];
  if (is.status === "True") return [{ type: "Normal", reason: "Ready", message: is.message }];
  if (was?.status !== "True" || QUIET_REASONS.has(is.reason)) return [];
  return [{ type: "Warning", reason: "NotReady", message: `${is.reason}: ${is.message}` }];
}

/** Reasons for not being Ready that the user has asked for, or that are no fault of the plugin. */
const QUIET_REASONS = new Set(["Terminating", "Progressing", "HostUnavailable", "Stopping"]);

function stalledEvents({ before, after }: Transition): EventText[] {
  const was = conditionOf(before?.conditions, "Stalled");
  const is = conditionOf(after.conditions, "Stalled");
  if (is?.status !== "True") return [];
  if (was?.status === "True" && was.reason === is.reason) return [];
  return [{ type: "Warning", reason: is.reason, message: is.message }];
}

function backOffEvents({ before, after }: Transition): EventText[] {
  const isIn = (status: PluginStatus | undefined) =>
    status?.blockers.find(({ reason }) => reason === "CrashLoopBackOff");
  const blocker = isIn(after);
  if (blocker === undefined || isIn(before) !== undefined) return [];
  return [{ type: "Warning", reason: "BackOff", message: blocker.message }];
}
