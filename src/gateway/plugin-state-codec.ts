import { type ObjectKey, splitKey, toKey } from "../api/key.ts";
import { NAME_MAX_LENGTH, NAME_PATTERN } from "../api/meta.ts";
import { PortunixError } from "../base/errors.ts";
import type { InstanceMessage, PluginStateMessage } from "./plugin-manager-messages.ts";
import type { InstanceState, ObservedInstance, PluginState } from "./ports.ts";

const STATE_NAMES = {
  queued: "QUEUED",
  starting: "STARTING",
  ready: "READY",
  notReady: "NOT_READY",
  unhealthy: "UNHEALTHY",
  stopping: "STOPPING",
  exited: "EXITED",
} as const satisfies Record<InstanceState, string>;

const STATES: ReadonlyMap<string, InstanceState> = new Map(
  Object.entries(STATE_NAMES).map(([state, name]) => [name, state as InstanceState]),
);
const NO_EXIT_CODE = -1;
const NAME = new RegExp(NAME_PATTERN);

export function toStateMessage({ key, sequence, observed }: PluginState): PluginStateMessage {
  const { installed, isEnabled, configDigest, instances } = observed;
  return {
    plugin: key,
    installed: installed ?? null,
    enabled: isEnabled,
    configDigest,
    instances: instances.map(toInstanceMessage),
    sequence,
  };
}

/** @throws {PortunixError} PluginUnavailable: not a state that this version knows. */
export function fromStateMessage(message: PluginStateMessage): PluginState {
  const { plugin, installed, enabled, configDigest, instances, sequence } = message;
  return {
    key: parseKey(plugin),
    sequence,
    observed: {
      state: "known",
      installed: installed ?? undefined,
      isEnabled: enabled,
      configDigest,
      instances: instances.map(fromInstanceMessage),
    },
  };
}

/** @throws {PortunixError} BadRequest: not `<namespace>/<name>`. */
export function parseKey(text: string): ObjectKey {
  const { namespace, name } = splitKey(text as ObjectKey);
  const isSound = [namespace, name].every(
    (part) => part.length <= NAME_MAX_LENGTH && NAME.test(part),
  );
  if (isSound) return toKey(namespace, name);
  const shown = JSON.stringify(text.slice(0, 200));
  throw new PortunixError("BadRequest", `plugin ${shown}: must be <namespace>/<name>`);
}

function toInstanceMessage(instance: ObservedInstance): InstanceMessage {
  const { id, ordinal, revision, address, reason, message, exit } = instance;
  return {
    id,
    ordinal,
    revision,
    state: STATE_NAMES[instance.state],
    pid: instance.pid ?? 0,
    address,
    startedAtMs: instance.startedAtMs ?? 0,
    readyAtMs: instance.readyAtMs ?? 0,
    exitedAtMs: instance.exitedAtMs ?? 0,
    exitCode: exit?.code ?? NO_EXIT_CODE,
    signal: exit?.signal ?? "",
    message,
    reason,
  };
}

function fromInstanceMessage(message: InstanceMessage): ObservedInstance {
  const state = STATES.get(message.state);
  if (state === undefined) {
    throw new PortunixError(
      "PluginUnavailable",
      `instance ${message.id}: the gateway tells a state unknown here, ${message.state}; update both sides`,
    );
  }
  const exit = {
    code: message.exitCode === NO_EXIT_CODE ? undefined : message.exitCode,
    signal: message.signal === "" ? undefined : message.signal,
  };
  return {
    id: message.id,
    ordinal: message.ordinal,
    revision: message.revision,
    state,
    pid: message.pid === 0 ? undefined : message.pid,
    address: message.address,
    startedAtMs: timeOf(message.startedAtMs),
    readyAtMs: timeOf(message.readyAtMs),
    exitedAtMs: timeOf(message.exitedAtMs),
    exit: state === "exited" ? exit : undefined,
    reason: message.reason,
    message: message.message,
  };
}

function timeOf(value: number): number | undefined {
  return value === 0 ? undefined : value;
}
