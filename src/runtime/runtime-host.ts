import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Instance } from "./instance.ts";
import type { PluginContract } from "./plugin-contract.ts";
import type { ProcessTable } from "./process-table.ts";

export interface RuntimeLimits {
  /** Processes that are starting up at a time; default 2 x the number of cores. */
  readonly maxStarting: number;
  /** After this long a start no longer counts as one; default 1500. */
  readonly startHoldMs: number;
  /** Size of a log over which it is rotated; default 10 MiB. */
  readonly logMaxBytes: number;
  /** How often logs and adopted processes are looked at; default 1000. */
  readonly lookMs: number;
}

/** What the instances of one supervisor share. */
export interface RuntimeHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly table: ProcessTable;
  readonly contract: PluginContract;
  readonly limits: RuntimeLimits;
  readonly dataDir: string;
  readonly logDir: string;
  /** Called after every change of an instance. */
  readonly onChange: (instance: Instance) => void;
}
