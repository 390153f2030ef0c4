import { readFileSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { listPids, readProc } from "./process-table.ts";

/** What the process tree of one instance uses. */
export interface Usage {
  /** Billionths of one processor, over the window. */
  readonly nanoCores: number;
  /** Resident memory of all processes; what they share is counted for each. */
  readonly memoryBytes: number;
  readonly windowMs: number;
}

/** The first process of an instance. */
export interface Leader {
  readonly id: string;
  readonly pid: number;
}

interface Total {
  readonly cpuTicks: number;
  readonly memoryBytes: number;
}

interface Sample {
  readonly atMs: number;
  readonly totals: ReadonlyMap<string, Total>;
}

/** How long the first look waits for the second. */
const WINDOW_MS = 500;
/** An earlier look is waited for until it is as old as this; what is shorter says little. */
const MIN_WINDOW_MS = 1000;
const MAX_WINDOW_MS = 60_000;

/**
 * Measures when it is asked to, and not between: CPU is the difference of two looks at /proc, the
 * one before of a minute at the most, else one half a second ago.
 */
export class UsageSampler {
  readonly #clock: Clock;
  #machine: Machine | undefined;
  #before: Sample | undefined;
  #pending: Promise<ReadonlyMap<string, Usage>> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By id; without those that are gone. Questions at the same time share one answer. */
  measure(leaders: () => readonly Leader[]): Promise<ReadonlyMap<string, Usage>> {
    this.#pending ??= this.#measure(leaders).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #measure(leaders: () => readonly Leader[]): Promise<ReadonlyMap<string, Usage>> {
    const first = this.#usableBefore(leaders());
    const from = first ?? this.#look(leaders());
    await this.#untilAged(from, first === undefined ? WINDOW_MS : MIN_WINDOW_MS);
    const second = this.#look(leaders());
    this.#before = second;
    return this.#difference(from, second);
  }

  #difference(first: Sample, second: Sample): ReadonlyMap<string, Usage> {
    const windowMs = Math.max(1, second.atMs - first.atMs);
    const { ticksPerSecond } = this.#facts();
    const usages = new Map<string, Usage>();
    for (const [id, { cpuTicks, memoryBytes }] of second.totals) {
      const ticks = Math.max(0, cpuTicks - (first.totals.get(id)?.cpuTicks ?? cpuTicks));
      const nanoCores = Math.round((ticks / ticksPerSecond / (windowMs / 1000)) * 1e9);
      usages.set(id, { nanoCores, memoryBytes, windowMs });
    }
    return usages;
  }

  /** The last look, when it is not too old and saw all that are there now. */
  #usableBefore(leaders: readonly Leader[]): Sample | undefined {
    const before = this.#before;
    if (before === undefined) return undefined;
    const ageMs = this.#clock.monotonicMs() - before.atMs;
    const isUsable = ageMs <= MAX_WINDOW_MS && leaders.every(({ id }) => before.totals.has(id));
    return isUsable ? before : undefined;
  }

  async #untilAged({ atMs }: Sample, ageMs: number): Promise<void> {
    const waitMs = atMs + ageMs - this.#clock.monotonicMs();
    if (waitMs > 0) await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve));
  }

  #look(leaders: readonly Leader[]): Sample {
    const processes = readProcesses();
    const { pageBytes } = this.#facts();
    const totals = new Map<string, Total>();
    for (const { id, pid } of leaders) {
      const members = treeOf(pid, processes);
      if (members.length === 0) continue;
      const cpuTicks = members.reduce((sum, member) => sum + member.cpuTicks, 0);
      const pages = members.reduce((sum, member) => sum + member.residentPages, 0);
      totals.set(id, { cpuTicks, memoryBytes: pages * pageBytes });
    }
    return { atMs: this.#clock.monotonicMs(), totals };
  }

  #facts(): Machine {
    this.#machine ??= readMachine();
    return this.#machine;
  }
}

interface ProcessFacts {
  readonly parent: number;
  readonly processGroup: number;
  readonly session: number;
  /** Of itself and of the children that it has waited for, so that the sum never falls. */
  readonly cpuTicks: number;
  readonly residentPages: number;
}

function readProcesses(): ReadonlyMap<number, ProcessFacts> {
  return new Map(
    listPids().flatMap((pid): [number, ProcessFacts][] => {
      const facts = parseFacts(readProc(`/proc/${pid}/stat`, 4096));
      return facts === undefined ? [] : [[pid, facts]];
    }),
  );
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function parseFacts(stat: string): ProcessFacts | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 22) return undefined;
  const [parent = 0, processGroup = 0, session = 0] = fields.slice(1, 4).map(Number);
  const cpuTicks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent, processGroup, session, cpuTicks, residentPages: Number(fields[21]) };
}

/** What shares the leader's group or session, and all that descends from it. */
function treeOf(
  leader: number,
  processes: ReadonlyMap<number, ProcessFacts>,
): readonly ProcessFacts[] {
  if (!processes.has(leader)) return [];
  return [...processes]
    .filter(
      ([pid, { processGroup, session }]) =>
        processGroup === leader || session === leader || descendsFrom(pid, leader, processes),
    )
    .map(([, facts]) => facts);
}

function descendsFrom(
  pid: number,
  leader: number,
  processes: ReadonlyMap<number, ProcessFacts>,
): boolean {
  let at: number | undefined = pid;
  // A pid that was used again while /proc was read could make a ring.
  for (let step = 0; at !== undefined && at > 1 && step < 64; step += 1) {
    if (at === leader) return true;
    at = processes.get(at)?.parent;
  }
  return false;
}

interface Machine {
  readonly pageBytes: number;
  readonly ticksPerSecond: number;
}

const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** From the auxiliary vector, in which the kernel tells every program of itself. */
function readMachine(): Machine {
  const vector = readFileSync("/proc/self/auxv");
  const values = new Map<bigint, bigint>();
  for (let at = 0; at + 16 <= vector.length; at += 16)
    values.set(vector.readBigUInt64LE(at), vector.readBigUInt64LE(at + 8));
  return {
    pageBytes: Number(values.get(AT_PAGESZ) ?? 4096n),
    ticksPerSecond: Number(values.get(AT_CLKTCK) ?? 100n),
  };
}
