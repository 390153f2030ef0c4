import type { InputObject, ObjectMeta, StoredObject } from "../meta.ts";
import type { Plugin } from "../plugin.ts";
import { withPodDeletion } from "../pod-deletions.ts";
import { derivedUid } from "./derived-uid.ts";
import { NODE_NAME, ownedBy, podSpecOf, viewLabels, wantedReplicas } from "./plugin-replicas.ts";
import { isDeleted, type PodSlot, podSlotsOf } from "./pod-slots.ts";
import { podStatusOf } from "./pod-status.ts";

/**
 * The Pods of a Plugin: one for each instance that runs or should. A Pod keeps its name and uid
 * while its process is restarted, as a Pod does whose container is; its deletion makes another one.
 */
export function podsOf(plugin: Plugin): readonly StoredObject[] {
  return podSlotsOf(plugin).map((slot) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadataOf(plugin, slot),
    spec: { ...podSpecOf(plugin), nodeName: NODE_NAME, enableServiceLinks: false },
    status: podStatusOf(plugin, slot),
  }));
}

/** `<plugin>-<ordinal>`. */
export function podName(pluginName: string, ordinal: number): string {
  return `${pluginName}-${ordinal}`;
}

/** The inverse of {@link podName}; undefined when `name` is none. */
export function splitPodName(
  name: string,
): { readonly plugin: string; readonly ordinal: number } | undefined {
  const [, plugin, ordinal] = /^(.+)-(0|[1-9]\d{0,3})$/.exec(name) ?? [];
  if (plugin === undefined || ordinal === undefined) return undefined;
  return { plugin, ordinal: Number(ordinal) };
}

/**
 * The Plugin as it is once this Pod is to go: the controller ends its instance, and starts another
 * where one is wanted. Of a Pod without a process only the uid changes; a wait for its next start goes on.
 */
export function withoutPod(plugin: Plugin, podNamed: string, nowMs: number): InputObject {
  const slot = podSlotsOf(plugin).find(
    ({ ordinal }) => podName(plugin.metadata.name, ordinal) === podNamed,
  );
  if (slot === undefined || slot.goingSince !== undefined) return plugin;
  const { ordinal, instance } = slot;
  const instanceId = instance?.id ?? `none-${plugin.metadata.resourceVersion}`;
  const at = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  const keep = Math.max(wantedReplicas(plugin), ordinal + 1);
  const annotations = withPodDeletion(plugin.metadata, { ordinal, instanceId, at }, keep);
  return { ...plugin, metadata: { ...plugin.metadata, annotations } };
}

function metadataOf(plugin: Plugin, slot: PodSlot): ObjectMeta {
  const { name, namespace = "", uid, resourceVersion, creationTimestamp } = plugin.metadata;
  const { ordinal, deletion, goingSince } = slot;
  // The Pod that goes is the one that was there before its deletion was written down.
  const origin = isDeleted(slot)
    ? deletion?.before
    : deletion && { instanceId: deletion.instanceId, at: deletion.at };
  const createdAt = origin === undefined || origin.at === "" ? creationTimestamp : origin.at;
  return {
    name: podName(name, ordinal),
    namespace,
    uid: derivedUid(uid, `pod/${ordinal}/${origin?.instanceId ?? ""}`),
    resourceVersion,
    generation: 1,
    creationTimestamp: createdAt,
    ...(goingSince === undefined ? {} : { deletionTimestamp: goingSince }),
    labels: viewLabels(plugin),
    annotations: annotationsOf(slot),
    ownerReferences: ownedBy(plugin),
  };
}

function annotationsOf({ ordinal, instance, ends }: PodSlot): Readonly<Record<string, string>> {
  const facts: Readonly<Record<string, string | undefined>> = {
    "portunix.ai/ordinal": String(ordinal),
    "portunix.ai/instance": instance?.id,
    "portunix.ai/pid": instance?.pid === undefined ? undefined : String(instance.pid),
    "portunix.ai/address": instance?.address,
    "portunix.ai/revision": instance?.revision,
    "portunix.ai/last-end": ends?.lastMessage,
  };
  return Object.fromEntries(
    Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined),
  );
}
