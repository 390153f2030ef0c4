import { isAbsolute } from "node:path";
import type { Probes } from "../api/plugin.ts";
import { PortunixError } from "../base/errors.ts";
import type {
  ConfigureRequestMessage,
  InstallRequestMessage,
  ProbeMessage,
  StartRequestMessage,
  StopRequestMessage,
} from "./plugin-manager-messages.ts";
import { parseKey } from "./plugin-state-codec.ts";
import type { InstallRequest, StartRequest, StopRequest } from "./ports.ts";

/** Requests of the PluginManager service, checked: who calls is not trusted to be the reconciler. */

const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_PATH_BYTES = 4096;
const MAX_ORDINAL = 10_000;
const MAX_GRACE_SECONDS = 24 * 60 * 60;

export function parseSourcePath(path: string): string {
  const isSound =
    isAbsolute(path) && !path.includes("\0") && Buffer.byteLength(path) <= MAX_PATH_BYTES;
  if (isSound) return path;
  throw bad(`source_path ${JSON.stringify(path.slice(0, 200))}: must be an absolute path`);
}

export function parseInstall(message: InstallRequestMessage): InstallRequest {
  const { digest, version } = message;
  if (digest !== "" && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw bad("digest: must be sha256:<64 hex digits>, or empty");
  }
  return {
    key: parseKey(message.plugin),
    sourcePath: parseSourcePath(message.sourcePath),
    version: version === "" ? undefined : version,
    digest: digest === "" ? undefined : digest,
  };
}

export function parseConfig({ config }: ConfigureRequestMessage): Record<string, unknown> {
  if (Buffer.byteLength(config) > MAX_CONFIG_BYTES) {
    throw new PortunixError("RequestTooLarge", `config: more than ${MAX_CONFIG_BYTES} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(config);
  } catch {
    // What is wrong with it is not told: the text may hold secrets.
    throw bad("config: not JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw bad("config: must be a JSON object");
}

export function parseStart(message: StartRequestMessage): StartRequest {
  const { ordinal, revision, startup, readiness, liveness } = message;
  if (revision === "" || revision.length > 256)
    throw bad("revision: must have 1 to 256 characters");
  if (ordinal > MAX_ORDINAL) throw bad(`ordinal ${ordinal}: must be at most ${MAX_ORDINAL}`);
  const probes: Probes = {
    startup: parseProbe("startup", startup),
    readiness: parseProbe("readiness", readiness),
    liveness: parseProbe("liveness", liveness),
  };
  const gracePeriodSeconds = parseGrace(message.terminationGracePeriodSeconds);
  return { key: parseKey(message.plugin), ordinal, revision, probes, gracePeriodSeconds };
}

export function parseStop(message: StopRequestMessage): StopRequest {
  const { instanceId, reason } = message;
  if (!/^[0-9A-Za-z-]{1,64}$/.test(instanceId)) throw bad("instance_id: not an instance's id");
  const gracePeriodSeconds = parseGrace(message.gracePeriodSeconds);
  return {
    key: parseKey(message.plugin),
    instanceId,
    gracePeriodSeconds,
    reason: reason.slice(0, 1024),
  };
}

function parseProbe(name: string, probe: ProbeMessage | null): ProbeMessage {
  if (probe === null) throw bad(`${name}: missing`);
  const { periodSeconds, timeoutSeconds, successThreshold, failureThreshold } = probe;
  if (Math.min(periodSeconds, timeoutSeconds, successThreshold, failureThreshold) >= 1) {
    return probe;
  }
  throw bad(`${name}: period, timeout and thresholds must be at least 1`);
}

function parseGrace(seconds: number): number {
  if (seconds <= MAX_GRACE_SECONDS) return seconds;
  throw bad(`grace period of ${seconds} s: must be at most ${MAX_GRACE_SECONDS}`);
}

function bad(message: string): PortunixError {
  return new PortunixError("BadRequest", message);
}
