import type { ObjectKey } from "../api/key.ts";
import { assertNever } from "../base/assert-never.ts";
import { PortunixError } from "../base/errors.ts";
import type { Action } from "../plan/action.ts";
import type { Outcome } from "../plan/record-outcomes.ts";
import type { HostState, PluginHost, PluginStore } from "./ports.ts";
import type { LaunchSpec } from "./snapshot-reader.ts";

export interface ExecuteOptions {
  readonly key: ObjectKey;
  /** The object acted for; empty for an orphan. */
  readonly uid: string;
  /** Undefined for an orphan. */
  readonly launch: LaunchSpec | undefined;
  readonly host: PluginHost;
  readonly store: Pick<PluginStore, "removeFinalizer">;
  /** Takes the state that an action answers with, before the next one begins. */
  readonly onState: (state: HostState) => void;
  /** False once the object is no longer the one that was decided on. */
  readonly isCurrent: () => boolean;
  /** Aborted by a newer spec: ends what may be left undone. */
  readonly superseded: AbortSignal;
  /** Aborted when the controller stops. */
  readonly stopping: AbortSignal;
}

/**
 * Performs `actions` in order, up to the first that fails: each rests on the one before it. A
 * failure is an outcome, not an exception. An action that was cut short on purpose has none; what
 * it did is seen by the next reconcile.
 */
export async function execute(
  actions: readonly Action[],
  options: ExecuteOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const action of actions) {
    if (isCutShort(options) || !options.isCurrent()) break;
    try {
      const state = await perform(action, options);
      if (state !== undefined) options.onState(state);
      outcomes.push({ action, ok: true });
    } catch (thrown) {
      if (isCutShort(options)) break;
      outcomes.push({ action, ok: false, error: PortunixError.from(thrown) });
      break;
    }
  }
  return outcomes;
}

function isCutShort({ superseded, stopping }: ExecuteOptions): boolean {
  return superseded.aborted || stopping.aborted;
}

async function perform(action: Action, options: ExecuteOptions): Promise<HostState | undefined> {
  const { key, host, stopping } = options;
  switch (action.type) {
    case "install":
      return await install(action, options);
    case "enable":
      return await host.enable(key, stopping);
    case "configure":
      return await host.configure(key, configOf(options), stopping);
    case "start":
      return await start(action, options);
    case "stop":
    case "forget":
      return await stop(action, options);
    case "disable":
      return await host.disable(key, stopping);
    case "uninstall":
      return await host.uninstall(key, stopping);
    case "finalize":
      options.store.removeFinalizer(key, options.uid);
      return undefined;
    default:
      return assertNever(action);
  }
}

type ActionOf<Type extends Action["type"]> = Extract<Action, { type: Type }>;

function install({ digest }: ActionOf<"install">, options: ExecuteOptions): Promise<HostState> {
  const { sourcePath, version } = launchOf(options);
  const request = { key: options.key, sourcePath, version, digest };
  return options.host.install(request, options.superseded);
}

function start(
  { ordinal, revision }: ActionOf<"start">,
  options: ExecuteOptions,
): Promise<HostState> {
  const { probes, gracePeriodSeconds } = launchOf(options);
  const request = { key: options.key, ordinal, revision, probes, gracePeriodSeconds };
  return options.host.start(request, options.stopping);
}

function stop(action: ActionOf<"stop" | "forget">, options: ExecuteOptions): Promise<HostState> {
  const gracePeriodSeconds = action.type === "stop" ? action.gracePeriodSeconds : 0;
  const { instanceId, reason } = action;
  const request = { key: options.key, instanceId, gracePeriodSeconds, reason };
  return options.host.stop(request, options.stopping);
}

function configOf(options: ExecuteOptions): NonNullable<LaunchSpec["config"]> {
  const { config } = launchOf(options);
  if (config === undefined)
    throw new RangeError(`the configuration of ${options.key} is not known`);
  return config;
}

function launchOf({ launch, key }: ExecuteOptions): LaunchSpec {
  if (launch === undefined) throw new RangeError(`${key} is not there, so nothing of it may start`);
  return launch;
}
