import type { Phase } from "../api/plugin.ts";
import { isLiving } from "./intent.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The place in the life cycle of the architecture document. Its drawing has no way back; a plugin
 * that is started, enabled or restarted again goes back along the same edges.
 */
export function phaseOf({ observed, memory }: Snapshot): Phase {
  if (observed.state === "unknown") return memory.wasStarted ? "Started" : "Created";
  const living = observed.instances.filter(isLiving);
  if (living.some(({ readyAtMs }) => readyAtMs !== undefined)) return "Running";
  if (living.length > 0) return "Started";
  if (observed.installed === undefined) return "Created";
  if (!observed.isEnabled) return memory.wasEnabled ? "Disabled" : "Installed";
  return memory.wasStarted ? "Stopped" : "Enabled";
}
