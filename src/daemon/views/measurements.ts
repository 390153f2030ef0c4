import { cpus, freemem, totalmem } from "node:os";
import { splitKey } from "../../api/key.ts";
import type { StoredObject } from "../../api/meta.ts";
import {
  type Measured,
  nodeMetrics,
  nodeMetricsDefinition,
  podMetrics,
  podMetricsDefinition,
} from "../../api/views/metrics-definitions.ts";
import { podDefinition } from "../../api/views/pod-definition.ts";
import { podName } from "../../api/views/pods.ts";
import type { ObjectStore } from "../../apiserver/ports.ts";
import type { Measurement } from "../../apiserver/view-ports.ts";
import type { Clock } from "../../base/clock.ts";
import type { Instance } from "../../runtime/instance.ts";
import { UsageSampler } from "../../runtime/usage-sampler.ts";

export interface MeasurementOptions {
  /** With the view of Pods in it. */
  readonly store: ObjectStore;
  readonly instances: () => readonly Instance[];
  readonly clock: Clock;
}

/** For `kubectl top`: what each Pod's processes use, and what the machine does. */
export function createMeasurements(options: MeasurementOptions): readonly Measurement[] {
  const { store, instances, clock } = options;
  const sampler = new UsageSampler(clock);
  const leaders = () =>
    instances().flatMap(({ id, pid }) => (pid === undefined ? [] : [{ id, pid }]));
  return [
    {
      definition: podMetricsDefinition,
      async list(namespace) {
        const usages = await sampler.measure(leaders);
        const time = timeOf(clock);
        const byPod = new Map(
          instances().map((instance) => [podKey(instance), usages.get(instance.id)] as const),
        );
        return store.list(podDefinition, namespace).items.flatMap((pod): StoredObject[] => {
          const usage = byPod.get(`${pod.metadata.namespace ?? ""}/${pod.metadata.name}`);
          return usage === undefined ? [] : [podMetrics(pod, usage, time)];
        });
      },
    },
    {
      definition: nodeMetricsDefinition,
      list: async () => [nodeMetrics(await measureMachine(clock), timeOf(clock))],
    },
  ];
}

function podKey({ key, ordinal }: Instance): string {
  const { namespace, name } = splitKey(key);
  return `${namespace}/${podName(name, ordinal)}`;
}

const WINDOW_MS = 250;

/** The whole machine, over a quarter of a second. */
async function measureMachine(clock: Clock): Promise<Measured> {
  const before = busyMs();
  const startMs = clock.monotonicMs();
  await new Promise<void>((resolve) => clock.after(WINDOW_MS, resolve));
  const windowMs = Math.max(1, clock.monotonicMs() - startMs);
  const nanoCores = Math.max(0, Math.round(((busyMs() - before) / windowMs) * 1e9));
  return { nanoCores, memoryBytes: totalmem() - freemem(), windowMs };
}

function busyMs(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
}

function timeOf(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString().replace(/\.\d+Z$/, "Z");
}
