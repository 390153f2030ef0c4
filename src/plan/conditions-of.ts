import type { ConditionStatement } from "../api/conditions.ts";
import { describeAction } from "./describe-action.ts";
import { type Intent, isSettledWithoutSource, targetOf } from "./intent.ts";
import type { ReplicaCount } from "./decision.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Every condition of a Plugin, all of them on each visit (an absent one would read as Unknown).
 * Reconciling and Stalled are never both True, so that kstatus can tell progress from failure.
 */
export function conditionsOf(
  intent: Intent,
  snapshot: Snapshot,
  replicas: ReplicaCount,
): ConditionStatement[] {
  const ready = readyOf(intent, snapshot, replicas);
  const stalled = stalledOf(intent);
  return [
    ready,
    installedOf(snapshot),
    enabledOf(snapshot),
    reconcilingOf(intent, { ready, stalled }),
    stalled,
    suspendedOf(snapshot),
    sourceInvalidOf(snapshot),
    conflictOf(snapshot),
  ];
}

function statement(
  type: string,
  status: ConditionStatement["status"],
  reason: string,
  message = "",
): ConditionStatement {
  return { type, status, reason, message };
}

function readyOf(intent: Intent, snapshot: Snapshot, replicas: ReplicaCount): ConditionStatement {
  const { desired, observed, memory } = snapshot;
  const [first] = intent.obstacles;
  if (observed.state === "unknown") {
    return statement("Ready", "Unknown", "HostUnavailable", first?.message);
  }
  if (desired === undefined || desired.isDeleting) {
    return statement("Ready", "False", "Terminating", first?.message ?? "being deleted");
  }
  const pending = intent.actions.find(({ type }) => type !== "forget");
  const blocker = intent.obstacles.find(({ reason }) => reason !== "Suspended");
  if (blocker !== undefined) return statement("Ready", "False", blocker.reason, blocker.message);
  if (pending !== undefined)
    return statement("Ready", "False", "Progressing", `next: ${describeAction(pending)}`);
  const target = targetOf(desired, memory);
  if (target === "Running") {
    return replicas.ready >= replicas.wanted
      ? statement("Ready", "True", "Running", runningMessage(snapshot, replicas))
      : statement(
          "Ready",
          "False",
          "NotRunning",
          `${replicas.ready} of ${replicas.wanted} instances ready`,
        );
  }
  const isResting =
    observed.installed !== undefined && (target === "Enabled") === observed.isEnabled;
  if (!isResting) return statement("Ready", "False", "NotThereYet", `wanted: ${target}`);
  return statement(
    "Ready",
    "True",
    memory.wasEnabled && target === "Installed" ? "Disabled" : target,
  );
}

function runningMessage(snapshot: Snapshot, { ready, wanted }: ReplicaCount): string {
  const count = `${ready} of ${wanted} instances ready`;
  const fact = snapshot.desired?.package;
  if (fact?.state !== "unresolved" || !isSettledWithoutSource(snapshot)) return count;
  return `${count}, from the installed copy; its source cannot be read now: ${fact.message}`;
}

function installedOf({ observed }: Snapshot): ConditionStatement {
  if (observed.state === "unknown") return statement("Installed", "Unknown", "HostUnavailable");
  const { installed } = observed;
  if (installed === undefined) return statement("Installed", "False", "NotInstalled");
  return statement(
    "Installed",
    "True",
    "Installed",
    `${installed.name} v${installed.version} ${installed.digest}`,
  );
}

function enabledOf({ observed }: Snapshot): ConditionStatement {
  if (observed.state === "unknown") return statement("Enabled", "Unknown", "HostUnavailable");
  return observed.isEnabled
    ? statement("Enabled", "True", "Enabled")
    : statement("Enabled", "False", "NotEnabled");
}

function stalledOf({ obstacles }: Intent): ConditionStatement {
  const final = obstacles.find(({ isFinal }) => isFinal === true);
  if (final === undefined) return statement("Stalled", "False", "NotStalled");
  return statement("Stalled", "True", final.reason, final.message);
}

function reconcilingOf(
  { actions, obstacles }: Intent,
  { ready, stalled }: { readonly ready: ConditionStatement; readonly stalled: ConditionStatement },
): ConditionStatement {
  if (stalled.status === "True") return statement("Reconciling", "False", "Stalled");
  const [action] = actions;
  if (action !== undefined)
    return statement("Reconciling", "True", "Progressing", describeAction(action));
  const [obstacle] = obstacles.filter(({ reason }) => reason !== "Suspended");
  if (obstacle !== undefined) {
    // A plugin that is coming up has a deadline, but nothing has failed yet.
    const isRetry = obstacle.retryAtMs !== undefined && obstacle.reason !== "Starting";
    const reason = isRetry ? "ProgressingWithRetry" : "Progressing";
    return statement("Reconciling", "True", reason, obstacle.message);
  }
  return ready.status === "True" || obstacles.length > 0
    ? statement("Reconciling", "False", "Settled")
    : statement("Reconciling", "True", "Progressing", ready.message);
}

function suspendedOf({ desired }: Snapshot): ConditionStatement {
  return desired?.spec.suspend === true
    ? statement("Suspended", "True", "Suspended", "spec.suspend is true")
    : statement("Suspended", "False", "NotSuspended");
}

function sourceInvalidOf({ desired }: Snapshot): ConditionStatement {
  const problem = desired?.sourceProblem;
  return problem === undefined
    ? statement("SourceInvalid", "False", "Valid")
    : statement(
        "SourceInvalid",
        "True",
        "SourceInvalid",
        `the last good spec stays in force: ${problem}`,
      );
}

function conflictOf({ desired }: Snapshot): ConditionStatement {
  const conflict = desired?.ownershipConflict;
  return conflict === undefined
    ? statement("Conflict", "False", "SoleOwner")
    : statement("Conflict", "True", "OwnershipConflict", conflict);
}
