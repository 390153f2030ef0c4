import type { StoredObject } from "../../api/meta.ts";
import { conditionIn, isObserved, isTrue, statusOf } from "../objects/plugin-facts.ts";

/** How far a Plugin is from what is wanted of it. The code is `status --exit-code`'s. */
export interface Convergence {
  readonly state: keyof typeof STATE_CODES;
  readonly code: number;
  readonly message: string;
}

export const STATE_CODES = {
  Converged: 0,
  Pending: 10,
  Drifted: 11,
  Degraded: 12,
  Progressing: 13,
  Stalled: 14,
  SourceInvalid: 15,
} as const;

/** The worst that is true of it. */
export function convergenceOf(plugin: StoredObject): Convergence {
  if (isTrue(plugin, "SourceInvalid")) return because(plugin, "SourceInvalid", "SourceInvalid");
  if (isTrue(plugin, "Conflict")) return because(plugin, "Stalled", "Conflict");
  if (isTrue(plugin, "Stalled")) return because(plugin, "Stalled", "Stalled");
  if (!isObserved(plugin)) return state("Pending", "its newest spec has not been looked at yet");
  const reconciling = conditionIn(plugin, "Reconciling");
  if (reconciling?.status === "True" && reconciling.reason !== "ProgressingWithRetry") {
    return because(plugin, "Progressing", "Reconciling");
  }
  if (isTrue(plugin, "Suspended")) return state("Converged", "suspended");
  if (!isTrue(plugin, "Ready")) return because(plugin, "Degraded", "Ready");
  if (isTrue(plugin, "Drifted")) return because(plugin, "Drifted", "Drifted");
  return state("Converged", statusOf(plugin).phase ?? "");
}

function because(plugin: StoredObject, name: Convergence["state"], type: string): Convergence {
  const { reason = "", message = "" } = conditionIn(plugin, type) ?? {};
  return state(name, message === "" ? reason : message);
}

function state(name: Convergence["state"], message: string): Convergence {
  return { state: name, code: STATE_CODES[name], message };
}
