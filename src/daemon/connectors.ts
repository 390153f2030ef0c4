import { join } from "node:path";
import { pluginDefinition } from "../api/plugin-definition.ts";
import { type ObjectKey, toDiskName, toKey } from "../api/key.ts";
import type { StoredObject } from "../api/meta.ts";
import type { Connector, ConnectorRequest } from "../apiserver/ports.ts";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import { type LogFile, listLogs } from "../runtime/instance-log.ts";
import { selectLines } from "../runtime/log-lines.ts";
import { readLog } from "../runtime/read-log.ts";
import type { PluginHosting } from "./start-hosting.ts";
import { sinceOf } from "./views/pod-log.ts";

export interface ConnectorOptions {
  readonly hosting: PluginHosting;
  readonly logDir: string;
  readonly clock: Clock;
  /** The source that owns a Plugin; undefined when none does. */
  readonly ownerOf: (key: ObjectKey) => string | undefined;
}

/** The subresources of a Plugin that answer from the plugin host: its log, its package, its health now; and whose it is. */
export function createConnectors(options: ConnectorOptions): readonly Connector[] {
  const { hosting } = options;
  const plural = pluginDefinition.plural;
  return [
    {
      plural,
      subresource: "log",
      handle: (request) =>
        Promise.resolve({ contentType: "text/plain", body: openLog(request, options) }),
    },
    {
      plural,
      subresource: "package",
      handle: async ({ object }) => {
        const { manifest, identity } = await hosting.registry.launchable(keyOf(object));
        return json({ ...manifest, digest: identity.digest });
      },
    },
    {
      plural,
      subresource: "source",
      handle: ({ object }) =>
        Promise.resolve(json({ owner: options.ownerOf(keyOf(object)) ?? null })),
    },
    {
      plural,
      subresource: "health",
      handle: async ({ object, signal }) =>
        json({ instances: await hosting.manager.health(keyOf(object), signal) }),
    },
  ];
}

function openLog({ object, query, signal }: ConnectorRequest, { logDir, clock }: ConnectorOptions) {
  const key = keyOf(object);
  const log = chooseLog(listLogs(join(logDir, toDiskName(key))), query, key);
  const lines = readLog(log.path, {
    tailLines: tailOf(query),
    follow: query.get("follow") === "true",
    clock,
    signal,
  });
  return selectLines(lines, {
    sinceMs: sinceOf(query, clock),
    hasTimestamps: query.get("timestamps") === "true",
    limitBytes: undefined,
  });
}

/** The newest instance's log; with `previous` the one before it; with `instance` that of an id or an ordinal. */
function chooseLog(logs: readonly LogFile[], query: URLSearchParams, key: ObjectKey): LogFile {
  const wanted = query.get("instance") ?? "";
  const isWanted = ({ instanceId, ordinal }: LogFile): boolean =>
    wanted === "" || instanceId === wanted || String(ordinal) === wanted;
  const candidates = logs.filter(isWanted);
  const first = candidates[0];
  const ofOrdinal = candidates.filter(({ ordinal }) => ordinal === first?.ordinal);
  const chosen = query.get("previous") === "true" ? ofOrdinal[1] : ofOrdinal[0];
  if (chosen !== undefined) return chosen;
  const what = query.get("previous") === "true" ? "no previous instance" : "no instance";
  const which = wanted === "" ? "" : ` "${wanted}"`;
  throw new PortunixError(
    "NotFound",
    `plugin ${key}: ${what}${which} has written a log; see: portunix describe plugin`,
  );
}

function tailOf(query: URLSearchParams): number | undefined {
  const text = query.get("tailLines");
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PortunixError("BadRequest", `tailLines "${text}": must be a whole number from 0`);
}

function keyOf({ metadata: { namespace = "", name } }: StoredObject): ObjectKey {
  return toKey(namespace, name);
}

function json(value: unknown): { contentType: string; body: string } {
  return { contentType: "application/json", body: JSON.stringify(value) };
}
