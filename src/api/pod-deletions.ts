import { type ObjectMetaInput, POD_DELETIONS_ANNOTATION } from "./meta.ts";

/**
 * The last deletion of one Pod of a Plugin. It names the instance that was the Pod: as long as that
 * one lives, the Pod is going; whatever comes after it under the same ordinal is another Pod.
 */
export interface PodDeletion {
  readonly ordinal: number;
  /** Id of the instance that is to end; what stood for it when there was none. */
  readonly instanceId: string;
  /** RFC 3339. */
  readonly at: string;
  /** The same of the deletion before, which the Pod that goes came from; empty for none. */
  readonly before: { readonly instanceId: string; readonly at: string };
}

/** At most one by ordinal. What is no such text counts as none, since anyone may write an annotation. */
export function podDeletionsOf({ annotations }: ObjectMetaInput): readonly PodDeletion[] {
  const text = annotations?.[POD_DELETIONS_ANNOTATION] ?? "";
  const deletions = text.split(";").flatMap((entry): PodDeletion[] => {
    const [ordinal, instanceId, at, beforeId = "", beforeAt = ""] = entry.split(",");
    if (ordinal === undefined || !/^\d{1,4}$/.test(ordinal)) return [];
    if (instanceId === undefined || at === undefined || !isTime(at)) return [];
    const isSound = beforeId === "" || isTime(beforeAt);
    const before = isSound ? { instanceId: beforeId, at: beforeAt } : { instanceId: "", at: "" };
    return [{ ordinal: Number(ordinal), instanceId, at, before }];
  });
  return [...new Map(deletions.map((deletion) => [deletion.ordinal, deletion])).values()];
}

/** The ids of the instances that are to end. */
export function condemnedInstances(metadata: ObjectMetaInput): readonly string[] {
  return podDeletionsOf(metadata).map(({ instanceId }) => instanceId);
}

/** The annotations with one more deletion. @param keep - Ordinals below it are remembered. */
export function withPodDeletion(
  metadata: ObjectMetaInput,
  { ordinal, instanceId, at }: Omit<PodDeletion, "before">,
  keep: number,
): Readonly<Record<string, string>> {
  const known = podDeletionsOf(metadata);
  const last = known.find((deletion) => deletion.ordinal === ordinal);
  const before = { instanceId: last?.instanceId ?? "", at: last?.at ?? "" };
  const others = known.filter((one) => one.ordinal !== ordinal && one.ordinal < keep);
  const text = [...others, { ordinal, instanceId, at, before }].map(toText).join(";");
  return { ...metadata.annotations, [POD_DELETIONS_ANNOTATION]: text };
}

function toText({ ordinal, instanceId, at, before }: PodDeletion): string {
  return [ordinal, instanceId, at, before.instanceId, before.at].join(",");
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text);
}
