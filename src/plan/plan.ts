import type { Decision } from "./decision.ts";
import { converge } from "./converge.ts";
import { judge } from "./judge.ts";
import { remember } from "./remember.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Intent, nothingToDo } from "./intent.ts";
import { tearDown } from "./tear-down.ts";

/**
 * Decides the next step for one Plugin: from what is observed towards what is desired.
 *
 * Pure: the same snapshot gives the same decision; nothing is awaited, logged or read from
 * outside. One decision is one safe step, so a changed plugin is stopped now and started by a
 * later decision, once it is seen to be gone.
 */
export function plan(snapshot: Snapshot): Decision {
  const remembered = remember(snapshot);
  const intent = intend({ ...snapshot, memory: remembered });
  return judge({ ...snapshot, memory: intent.memory }, intent);
}

function intend(snapshot: Snapshot): Intent {
  const { desired, observed } = snapshot;
  if (observed.state === "unknown") {
    return nothingToDo(snapshot.memory, {
      reason: "HostUnavailable",
      message: `the gateway does not answer: ${observed.message}`,
    });
  }
  if (desired === undefined || desired.isDeleting) return tearDown(snapshot, observed);
  if (desired.spec.suspend) {
    return nothingToDo(snapshot.memory, {
      reason: "Suspended",
      message: "spec.suspend is true; set it to false to go on",
    });
  }
  return converge(snapshot, desired, observed);
}
