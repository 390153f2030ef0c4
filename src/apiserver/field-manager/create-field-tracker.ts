import type { ManagedFieldsEntry } from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import { trackUpdate, type TrackedUpdate } from "./track-update.ts";

/**
 * Keeps managedFields for the daemon's own writes, such as the controller's of status, by the same
 * rules as for any client's.
 */
export function createFieldTracker(
  clock: Pick<Clock, "nowMs">,
): (write: Omit<TrackedUpdate, "nowMs" | "given">) => readonly ManagedFieldsEntry[] {
  return (write) => trackUpdate({ ...write, nowMs: clock.nowMs() });
}
