import type { ObjectKey } from "../api/key.ts";
import { conditionOf } from "../api/conditions.ts";
import type { Plugin, PluginStatus } from "../api/plugin.ts";
import { isSameJson } from "../base/canonical-json.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Decision } from "../plan/decision.ts";
import { plan } from "../plan/plan.ts";
import { type Outcome, recordOutcomes } from "../plan/record-outcomes.ts";
import { type EventText, outcomeEvents, transitionEvents } from "./events.ts";
import { execute } from "./execute.ts";
import type { HostState, PluginHost, PluginStore } from "./ports.ts";
import type { Reading, SnapshotReader } from "./snapshot-reader.ts";
import { toStatus } from "./status-writer.ts";

export interface ReconcilerOptions {
  readonly store: PluginStore;
  readonly host: PluginHost;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly read: SnapshotReader;
  readonly onState: (state: HostState) => void;
  /** What was known of a package may be out of date: it could not be installed. */
  readonly onNotInstalled: (sourcePath: string) => void;
  /** Ready has become True, or is so no more. */
  readonly onReadyChanged: (key: ObjectKey) => void;
  /** Aborted when the controller stops. */
  readonly stopping: AbortSignal;
}

/** When to look at the key again, besides when something happens. */
export type Requeue =
  /** The object and all that was observed of it are gone. */
  | { readonly kind: "forget" }
  /** Something was done: what came of it is to be seen now. */
  | { readonly kind: "now" }
  /** The same was done before, and has not helped. */
  | { readonly kind: "backoff" }
  /** Undefined: nothing but an event can change it. */
  | { readonly kind: "at"; readonly delayMs: number | undefined };

/** Keeps a moment that is due already from turning into a loop without a pause. */
const MIN_DELAY_MS = 10;

/** Works on one key. @param superseded - Aborted when the object has changed meanwhile. */
export type Reconciler = (key: ObjectKey, superseded: AbortSignal) => Promise<Requeue>;

/**
 * Reads, decides, stores the decision, and only then acts: whatever moment the daemon is killed
 * at, the next one finds either the decision not taken, or what was about to be done written down.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const lastActions = new Map<ObjectKey, string>();
  return async (key, superseded) => {
    const reading = await options.read(key, superseded);
    if (superseded.aborted || options.stopping.aborted) return { kind: "now" };
    const decision = plan(reading.snapshot);
    const status = toStatus(reading.snapshot, decision, reading.plugin?.status);
    announce(key, reading, { decision, status }, options);
    const outcomes = await execute(decision.actions, {
      ...options,
      ...toTarget(key, reading),
      superseded,
      isCurrent: () => versionOf(options.store.get(key)) === versionOf(reading.plugin),
    });
    settle(key, reading, { decision, status, outcomes }, options);
    const requeue = nextLook(reading, decision, outcomes, lastActions.get(key));
    rememberActions(lastActions, key, decision);
    return requeue;
  };
}

/** What tells one wish of the user from another; status, labels and the like are not in it. */
export function versionOf(plugin: Plugin | undefined): string {
  if (plugin === undefined) return "";
  const { uid, generation, deletionTimestamp } = plugin.metadata;
  return `${uid} ${generation} ${deletionTimestamp}`;
}

interface Decided {
  readonly decision: Decision;
  readonly status: PluginStatus;
}

function toTarget(key: ObjectKey, { plugin, launch }: Reading) {
  return { key, uid: plugin?.metadata.uid ?? "", launch };
}

/** Writes status and memory before any effect, and tells what has changed. */
function announce(
  key: ObjectKey,
  { plugin, snapshot }: Reading,
  { decision, status }: Decided,
  options: ReconcilerOptions,
): void {
  if (plugin === undefined) return;
  options.store.saveDecision(key, plugin.metadata.uid, status, decision.memory);
  const before = plugin.status;
  const transition = {
    before,
    after: status,
    memoryBefore: snapshot.memory,
    memoryAfter: decision.memory,
  };
  record(key, plugin.metadata.uid, transitionEvents(transition), options);
  if (isReady(before) !== isReady(status)) options.onReadyChanged(key);
}

/** Writes down what came of the actions. */
function settle(
  key: ObjectKey,
  { plugin }: Reading,
  { decision, status, outcomes }: Decided & { readonly outcomes: readonly Outcome[] },
  options: ReconcilerOptions,
): void {
  for (const outcome of outcomes) logOutcome(key, outcome, options.logger);
  if (plugin === undefined) return;
  if (outcomes.some(({ ok, action }) => !ok && action.type === "install")) {
    options.onNotInstalled(plugin.spec.source.path);
  }
  const memory = recordOutcomes(decision.memory, outcomes, options.clock.nowMs());
  const { uid } = plugin.metadata;
  if (!isSameJson(memory, decision.memory)) options.store.saveDecision(key, uid, status, memory);
  record(key, uid, outcomeEvents(outcomes), options);
}

function nextLook(
  { plugin, snapshot }: Reading,
  { actions, wakeAtMs }: Decision,
  outcomes: readonly Outcome[],
  lastActions: string | undefined,
): Requeue {
  if (actions.length > 0) {
    const isStuck = JSON.stringify(actions) === lastActions;
    // An orphan has no memory that could hold its failures back.
    const hasOrphanFailed = plugin === undefined && outcomes.some(({ ok }) => !ok);
    return { kind: isStuck || hasOrphanFailed ? "backoff" : "now" };
  }
  if (plugin === undefined && isNothingLeft(snapshot.observed)) return { kind: "forget" };
  const delayMs =
    wakeAtMs === undefined ? undefined : Math.max(MIN_DELAY_MS, wakeAtMs - snapshot.nowMs);
  return { kind: "at", delayMs };
}

function isNothingLeft(observed: Reading["snapshot"]["observed"]): boolean {
  return (
    observed.state === "known" &&
    observed.instances.length === 0 &&
    observed.installed === undefined
  );
}

function rememberActions(
  lastActions: Map<ObjectKey, string>,
  key: ObjectKey,
  { actions }: Decision,
): void {
  if (actions.length === 0) lastActions.delete(key);
  else lastActions.set(key, JSON.stringify(actions));
}

function record(
  key: ObjectKey,
  uid: string,
  events: readonly EventText[],
  { store }: ReconcilerOptions,
): void {
  for (const event of events) store.recordEvent({ key, uid, ...event });
}

function logOutcome(key: ObjectKey, outcome: Outcome, logger: Logger): void {
  const { action } = outcome;
  if (outcome.ok) {
    logger.info({ key, action }, "action done");
    return;
  }
  const { code, message } = outcome.error;
  logger.warn({ key, action, code, error: message }, "action failed");
}

function isReady(status: PluginStatus | undefined): boolean {
  return conditionOf(status?.conditions, "Ready")?.status === "True";
}
