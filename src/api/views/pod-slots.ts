import type { InstanceStatus, Plugin, SlotStatus } from "../plugin.ts";
import { type PodDeletion, podDeletionsOf } from "../pod-deletions.ts";
import { wantedReplicas } from "./plugin-replicas.ts";

/** One ordinal of a Plugin: what a Pod is made of. */
export interface PodSlot {
  readonly ordinal: number;
  /** The one that lives, else the one that has just ended; undefined for none. */
  readonly instance: InstanceStatus | undefined;
  readonly ends: SlotStatus | undefined;
  /** Of this ordinal, the last one. */
  readonly deletion: PodDeletion | undefined;
  /** RFC 3339; undefined while the Pod is to stay. */
  readonly goingSince: string | undefined;
}

/** The ordinals that are wanted, and those that still have a process; in order. */
export function podSlotsOf(plugin: Plugin): readonly PodSlot[] {
  const instances = plugin.status?.instances ?? [];
  const living = instances.filter(isLiving).map(({ ordinal }) => ordinal);
  const wanted = Array.from({ length: wantedReplicas(plugin) }, (_, ordinal) => ordinal);
  const ordinals = [...new Set([...wanted, ...living])].toSorted((a, b) => a - b);
  const deletions = podDeletionsOf(plugin.metadata);
  return ordinals.map((ordinal) => {
    const deletion = deletions.find((one) => one.ordinal === ordinal);
    const instance = instanceOf(instances, ordinal, deletion);
    const ends = plugin.status?.slots?.find((slot) => slot.ordinal === ordinal);
    return {
      ordinal,
      instance,
      ends,
      deletion,
      goingSince: goingSince(plugin, instance, deletion),
    };
  });
}

/** Whether the Pod is the one that its last deletion was meant for. */
export function isDeleted({ instance, deletion }: Pick<PodSlot, "instance" | "deletion">): boolean {
  return instance !== undefined && instance.id === deletion?.instanceId;
}

function isLiving({ state }: InstanceStatus): boolean {
  return state !== "exited";
}

function instanceOf(
  instances: readonly InstanceStatus[],
  ordinal: number,
  deletion: PodDeletion | undefined,
): InstanceStatus | undefined {
  const same = instances.filter((instance) => instance.ordinal === ordinal);
  const living = same.filter(isLiving);
  const staying = living.find(({ state }) => state !== "stopping");
  // One that was told to go and has ended is not the Pod that is there now.
  const ended = same.findLast(({ id }) => id !== deletion?.instanceId);
  return staying ?? living[0] ?? ended;
}

function goingSince(
  { metadata }: Plugin,
  instance: InstanceStatus | undefined,
  deletion: PodDeletion | undefined,
): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return metadata.deletionTimestamp;
  return isDeleted({ instance, deletion }) ? deletion?.at : undefined;
}
