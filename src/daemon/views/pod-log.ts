import { join } from "node:path";
import { type ObjectKey, toDiskName, toKey } from "../../api/key.ts";
import type { StoredObject } from "../../api/meta.ts";
import { CONTAINER_NAME } from "../../api/views/plugin-replicas.ts";
import { podDefinition } from "../../api/views/pod-definition.ts";
import { splitPodName } from "../../api/views/pods.ts";
import type { Connector, ConnectorReply, ConnectorRequest } from "../../apiserver/ports.ts";
import type { Clock } from "../../base/clock.ts";
import { PortunixError } from "../../base/errors.ts";
import { type LogFile, listLogs } from "../../runtime/instance-log.ts";
import { selectLines } from "../../runtime/log-lines.ts";
import { readLog } from "../../runtime/read-log.ts";
import type { Instance } from "../../runtime/instance.ts";

export interface PodLogOptions {
  readonly logDir: string;
  readonly instances: () => readonly Instance[];
  readonly clock: Clock;
}

/**
 * `GET pods/NAME/log`, with the parameters of Kubernetes: the output of the newest instance of the
 * Pod's ordinal, of the one before it with `previous`. A followed log ends with its instance.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
 */
export function createPodLog(options: PodLogOptions): Connector {
  return {
    group: podDefinition.group,
    plural: podDefinition.plural,
    subresource: "log",
    handle: (request) => Promise.resolve(openLog(request, options)),
  };
}

function openLog(
  { object, query, signal }: ConnectorRequest,
  options: PodLogOptions,
): ConnectorReply {
  const { logDir, instances, clock } = options;
  const { name } = object.metadata;
  checkContainer(query.get("container") ?? "", name);
  const key = keyOf(object);
  const isPrevious = isSet(query, "previous");
  const log = chooseLog(listLogs(join(logDir, toDiskName(key))), object, isPrevious);
  const lines = readLog(log.path, {
    tailLines: countOf(query, "tailLines"),
    follow: isSet(query, "follow"),
    isEnded: () =>
      !instances().some(({ id, state }) => id === log.instanceId && state !== "exited"),
    clock,
    signal,
  });
  const body = selectLines(lines, {
    sinceMs: sinceOf(query, clock),
    hasTimestamps: isSet(query, "timestamps"),
    limitBytes: countOf(query, "limitBytes"),
  });
  return { contentType: "text/plain", body };
}

function checkContainer(container: string, pod: string): void {
  if (container === "" || container === CONTAINER_NAME) return;
  throw new PortunixError("BadRequest", `container ${container} is not valid for pod ${pod}`);
}

function keyOf({ metadata: { namespace = "", name } }: StoredObject): ObjectKey {
  return toKey(namespace, splitPodName(name)?.plugin ?? name);
}

function chooseLog(
  logs: readonly LogFile[],
  { metadata }: StoredObject,
  isPrevious: boolean,
): LogFile {
  const { name } = metadata;
  const ordinal = splitPodName(name)?.ordinal;
  const [newest, previous] = logs.filter((log) => log.ordinal === ordinal);
  const chosen = isPrevious ? previous : newest;
  if (chosen !== undefined) return chosen;
  const text = isPrevious
    ? `previous terminated container "${CONTAINER_NAME}" in pod "${name}" not found`
    : `container "${CONTAINER_NAME}" in pod "${name}" is waiting to start: it has written no log yet; see: kubectl describe pod ${name}`;
  throw new PortunixError("BadRequest", text);
}

/** The time from which lines are wanted, Unix epoch, ms; undefined: from the beginning. Throws BadRequest. */
export function sinceOf(query: URLSearchParams, clock: Clock): number | undefined {
  const seconds = countOf(query, "sinceSeconds");
  const time = query.get("sinceTime") ?? "";
  if (seconds !== undefined && time !== "")
    throw new PortunixError("BadRequest", "sinceSeconds and sinceTime: give only one of them");
  if (seconds !== undefined) return clock.nowMs() - seconds * 1000;
  if (time === "") return undefined;
  const timeMs = Date.parse(time);
  if (Number.isNaN(timeMs))
    throw new PortunixError("BadRequest", `sinceTime "${time}": must be an RFC 3339 time`);
  return timeMs;
}

function countOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new PortunixError("BadRequest", `${name} "${text}": must be a whole number from 0`);
}

function isSet(query: URLSearchParams, name: string): boolean {
  return /^(1|t|true)$/i.test(query.get(name) ?? "");
}
