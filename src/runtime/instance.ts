import { assertNever } from "../base/assert-never.ts";
import type { ObjectKey } from "../api/key.ts";
import type { PackageRuntime } from "../api/package-manifest.ts";
import type { Probes } from "../api/plugin.ts";

export type InstanceState =
  | "queued"
  | "starting"
  | "ready"
  | "notReady"
  | "unhealthy"
  | "stopping"
  | "exited";

/** How a process ended; both undefined when nobody could see it. */
export interface Exit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export const UNKNOWN_EXIT: Exit = { code: undefined, signal: undefined };

/** One process tree of a Plugin, as last observed. Immutable: a change is a new value. */
export interface Instance {
  /** 8 hex digits. */
  readonly id: string;
  readonly key: ObjectKey;
  readonly ordinal: number;
  readonly revision: string;
  readonly state: InstanceState;
  /** Undefined before the launch and after the end. */
  readonly pid: number | undefined;
  /** `unix:<path>` or `127.0.0.1:<port>`. */
  readonly address: string;
  /** Unix epoch, milliseconds; undefined until it happened. */
  readonly startedAtMs: number | undefined;
  /** When it last became ready. Kept over a restart of the daemon. */
  readonly readyAtMs: number | undefined;
  readonly exitedAtMs: number | undefined;
  readonly exit: Exit | undefined;
  /** CamelCase, with `unhealthy` and `exited`; else empty. */
  readonly reason: string;
  readonly message: string;
}

/** Everything needed to launch one instance. The environment is used once and never written down. */
export interface LaunchRequest {
  readonly key: ObjectKey;
  readonly diskName: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly packageName: string;
  readonly packageVersion: string;
  readonly packageDir: string;
  readonly runtime: PackageRuntime;
  readonly configFile: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly probes: Probes;
  readonly gracePeriodSeconds: number;
}

/** What the probes say of a running process. */
export interface Verdict {
  readonly state: Extract<InstanceState, "starting" | "ready" | "notReady" | "unhealthy">;
  /** CamelCase, with `unhealthy`; else empty. */
  readonly reason: string;
  readonly message: string;
}

export type InstanceEvent =
  | { readonly type: "launched"; readonly pid: number; readonly atMs: number }
  /** Found alive by a new daemon: its health is not known yet. */
  | { readonly type: "adopted"; readonly pid: number }
  | { readonly type: "probed"; readonly verdict: Verdict; readonly atMs: number }
  | { readonly type: "stopRequested"; readonly message: string }
  | {
      readonly type: "exited";
      readonly exit: Exit;
      readonly reason: string;
      readonly message: string;
      readonly atMs: number;
    };

/** The state after `event`. An event that makes no sense in the present state changes nothing. */
export function transition(instance: Instance, event: InstanceEvent): Instance {
  if (instance.state === "exited") return instance;
  switch (event.type) {
    case "launched":
      return instance.state === "queued"
        ? { ...instance, state: "starting", pid: event.pid, startedAtMs: event.atMs }
        : instance;
    case "adopted":
      return {
        ...instance,
        state: instance.state === "stopping" ? "stopping" : "starting",
        pid: event.pid,
        reason: "",
      };
    case "probed":
      return probed(instance, event.verdict, event.atMs);
    case "stopRequested":
      return { ...instance, state: "stopping", reason: "", message: event.message };
    case "exited": {
      const { exit, reason, message } = event;
      return {
        ...instance,
        state: "exited",
        pid: undefined,
        exitedAtMs: event.atMs,
        exit,
        reason,
        message,
      };
    }
    default:
      return assertNever(event);
  }
}

function probed(instance: Instance, verdict: Verdict, atMs: number): Instance {
  if (instance.state === "queued" || instance.state === "stopping") return instance;
  return { ...instance, ...verdict, readyAtMs: readyAt(instance, verdict, atMs) };
}

/** An adopted instance that answers again has not become ready anew. */
function readyAt(instance: Instance, verdict: Verdict, atMs: number): number | undefined {
  if (verdict.state !== "ready" || instance.state === "ready") return instance.readyAtMs;
  return instance.state === "starting" ? (instance.readyAtMs ?? atMs) : atMs;
}

/** To follow on "it": `exited with code 1`. */
export function describeExit({ code, signal }: Exit): string {
  if (signal !== undefined) return `was killed by ${signal}`;
  if (code !== undefined) return `exited with code ${code}`;
  return "ended; its exit code is not known, since an earlier daemon started it";
}

/** Why an instance ended: CamelCase for programs, and in words. */
export interface End {
  readonly reason: string;
  readonly message: string;
}

/** The end of a leader that has left `count` processes behind, all killed since. */
export function endWithLeftovers(exit: Exit, end: End, count: number): End {
  const left = `${count} of its processes were left and were killed`;
  if (exit.code !== 0) return { reason: end.reason, message: `${end.message}; ${left}` };
  return {
    reason: "ForkedAway",
    message: `its first process exited with code 0, and ${left}; a plugin must stay in the foreground`,
  };
}
