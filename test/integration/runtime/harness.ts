import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parse } from "yaml";
import { toKey } from "../../../src/api/key.ts";
import type { PackageManifest } from "../../../src/api/package-manifest.ts";
import type { Probes } from "../../../src/api/plugin.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { Instance, InstanceState, LaunchRequest } from "../../../src/runtime/instance.ts";
import {
  createSupervisor,
  type Supervisor,
  type SupervisorOptions,
} from "../../../src/runtime/supervisor.ts";
import { eventually } from "../../helpers/eventually.ts";
import { fixturePackage } from "../../helpers/fixture-package.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const PROTO_DIR = new URL("../../../proto", import.meta.url).pathname;

const probe = {
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 3,
  successThreshold: 1,
  failureThreshold: 3,
};

export const PROBES: Probes = {
  startup: { ...probe, failureThreshold: 30 },
  readiness: probe,
  liveness: probe,
};

/** A home of its own for supervisors that follow one another; whatever they leave is killed at the end. */
export class RuntimeHome {
  readonly directory: string;
  readonly #supervisors: Supervisor[] = [];

  constructor(directory: string = tempDir()) {
    this.directory = directory;
    onTestFinished(() => this.#end());
  }

  supervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
    const supervisor = createSupervisor({
      runDir: join(this.directory, "run"),
      dataDir: join(this.directory, "data"),
      logDir: join(this.directory, "logs"),
      clock: systemClock,
      logger: silentLogger,
      protoDir: PROTO_DIR,
      baseEnvironment: { PATH: process.env["PATH"] ?? "", TEST_HOME: this.directory },
      ...options,
      limits: { lookMs: 100, ...options.limits },
    });
    this.#supervisors.push(supervisor);
    return supervisor;
  }

  /** Pids of everything that was started from this home, however far it went. */
  livingPids(): readonly number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => environmentOf(pid).includes(`TEST_HOME=${this.directory}`));
  }

  async #end(): Promise<void> {
    for (const supervisor of this.#supervisors) await supervisor.close();
    const left = this.livingPids();
    for (const pid of left) process.kill(pid, "SIGKILL");
    await eventually(() => {
      if (this.livingPids().length > 0) throw new Error(`left: ${this.livingPids().join()}`);
    });
  }
}

/** A request to launch the fixture `name`, as the manager would make it. */
export function launchRequest(name: string, changes: Partial<LaunchRequest> = {}): LaunchRequest {
  const packageDir = changes.packageDir ?? fixturePackage(name);
  const manifest = parse(readFileSync(join(packageDir, "plugin.yaml"), "utf8")) as PackageManifest;
  return {
    key: toKey("default", name),
    diskName: name,
    ordinal: 0,
    revision: "r1",
    packageName: manifest.name,
    packageVersion: manifest.version,
    packageDir,
    runtime: manifest.runtime,
    configFile: undefined,
    environment: {},
    probes: PROBES,
    gracePeriodSeconds: 10,
    ...changes,
  };
}

/** Waits until the instance is in `state`, and gives it. */
export function inState(
  supervisor: Supervisor,
  id: string,
  state: InstanceState,
): Promise<Instance> {
  return eventually(() => {
    const instance = supervisor.list().find((candidate) => candidate.id === id);
    if (instance?.state !== state) {
      throw new Error(`wanted ${state}, is ${JSON.stringify(instance)}`);
    }
    return instance;
  });
}

export async function startReady(
  supervisor: Supervisor,
  request: LaunchRequest,
): Promise<Instance> {
  const { id } = await supervisor.start(request);
  return inState(supervisor, id, "ready");
}

export function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}
