import type { Probe, Probes } from "../api/plugin.ts";
import type { ObjectKey } from "../api/key.ts";
import type { Exit, Instance, InstanceState, LaunchRequest } from "./instance.ts";
import type { ProcessIdentity } from "./process-table.ts";

/** What a later daemon needs to take an instance over. Holds no configuration and no secret but the nonce. */
export interface InstanceRecord {
  readonly format: 1;
  /** 32 hex digits; in the environment of every process of the tree. */
  readonly nonce: string;
  /** Where it was written, absolute: a copy of it elsewhere is about somebody else's process. */
  readonly directory: string;
  readonly diskName: string;
  readonly packageName: string;
  readonly packageVersion: string;
  readonly probes: Probes;
  /** What the user should know of the launch; mostly empty. */
  readonly note: string;
  /** Undefined until launched: then only the nonce can tell. */
  readonly process: ProcessIdentity | undefined;
  readonly stop: StopOrder | undefined;
  readonly instance: Instance;
}

export interface StopOrder {
  readonly requestedAtMs: number;
  readonly gracePeriodSeconds: number;
  readonly reason: string;
}

export interface RecordParts {
  readonly id: string;
  readonly nonce: string;
  readonly directory: string;
  readonly address: string;
  readonly note: string;
}

/** The record of an instance that is not launched yet. */
export function toRecord(request: LaunchRequest, parts: RecordParts): InstanceRecord {
  const { id, nonce, directory, address, note } = parts;
  const instance: Instance = {
    id,
    key: request.key,
    ordinal: request.ordinal,
    revision: request.revision,
    state: "queued",
    pid: undefined,
    address,
    startedAtMs: undefined,
    readyAtMs: undefined,
    exitedAtMs: undefined,
    exit: undefined,
    reason: "",
    message: "",
  };
  const { diskName, packageName, packageVersion, probes } = request;
  return {
    format: 1,
    nonce,
    directory,
    diskName,
    packageName,
    packageVersion,
    probes,
    note,
    process: undefined,
    stop: undefined,
    instance,
  };
}

/** The record in `value`; undefined when any part of it is not what we write. */
export function parseRecord(value: unknown, id: string): InstanceRecord | undefined {
  if (!isObject(value) || value["format"] !== 1) return undefined;
  const instance = parseInstance(value["instance"], id);
  const { probes, process: identity, stop, nonce } = value;
  if (instance === undefined || !isProbes(probes) || typeof nonce !== "string") return undefined;
  if (!/^[0-9a-f]{32}$/.test(nonce)) return undefined;
  const names = ["directory", "diskName", "packageName", "packageVersion", "note"];
  const texts = names.map((name) => value[name]);
  const [directory, diskName, packageName, packageVersion, note] = texts.filter(isText);
  if (directory === undefined || diskName === undefined || packageName === undefined)
    return undefined;
  if (packageVersion === undefined || note === undefined) return undefined;
  if (identity !== undefined && !isIdentity(identity)) return undefined;
  if (stop !== undefined && !isStopOrder(stop)) return undefined;
  return {
    format: 1,
    nonce,
    directory,
    diskName,
    packageName,
    packageVersion,
    probes,
    note,
    process: identity,
    stop,
    instance,
  };
}

const STATES: readonly string[] = [
  "queued",
  "starting",
  "ready",
  "notReady",
  "unhealthy",
  "stopping",
  "exited",
] satisfies readonly InstanceState[];

function parseInstance(value: unknown, id: string): Instance | undefined {
  if (!isObject(value) || value["id"] !== id) return undefined;
  const { key, ordinal, revision, state, address, reason, message, exit } = value;
  const { pid, startedAtMs, readyAtMs, exitedAtMs } = value;
  const areTexts = [key, revision, state, address, reason, message].every(isText);
  const areNumbers = [pid, startedAtMs, readyAtMs, exitedAtMs].every(isNumberOrNone);
  if (!areTexts || !areNumbers || !STATES.includes(String(state))) return undefined;
  if (!Number.isSafeInteger(ordinal) || !(exit === undefined || isExit(exit))) return undefined;
  if (!/^[^/]+\/[^/]+$/.test(String(key))) return undefined;
  return {
    id,
    key: String(key) as ObjectKey,
    ordinal: Number(ordinal),
    revision: String(revision),
    state: String(state) as InstanceState,
    pid: pid as number | undefined,
    address: String(address),
    startedAtMs: startedAtMs as number | undefined,
    readyAtMs: readyAtMs as number | undefined,
    exitedAtMs: exitedAtMs as number | undefined,
    exit,
    reason: String(reason),
    message: String(message),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumberOrNone(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

function isExit(value: unknown): value is Exit {
  if (!isObject(value)) return false;
  return isNumberOrNone(value["code"]) && ["string", "undefined"].includes(typeof value["signal"]);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (!isObject(value)) return false;
  const { pid, startTime, bootId } = value;
  // A signal to pid 1, or to 0 and below, would reach far more than one process.
  return (
    Number.isSafeInteger(pid) &&
    Number(pid) > 1 &&
    Number.isSafeInteger(startTime) &&
    isText(bootId)
  );
}

function isStopOrder(value: unknown): value is StopOrder {
  if (!isObject(value)) return false;
  const { requestedAtMs, gracePeriodSeconds, reason } = value;
  return Number.isFinite(requestedAtMs) && Number.isFinite(gracePeriodSeconds) && isText(reason);
}

const PROBE_FIELDS = [
  "initialDelaySeconds",
  "periodSeconds",
  "timeoutSeconds",
  "successThreshold",
  "failureThreshold",
] as const satisfies readonly (keyof Probe)[];

function isProbes(value: unknown): value is Probes {
  if (!isObject(value)) return false;
  return [value["startup"], value["readiness"], value["liveness"]].every(
    (probe) => isObject(probe) && PROBE_FIELDS.every((field) => Number.isFinite(probe[field])),
  );
}
