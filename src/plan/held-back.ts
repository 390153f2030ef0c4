import type { Action } from "./action.ts";
import { type Intent, lookAgain } from "./intent.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Cuts the actions at the first one whose kind has failed lately and is not to be tried again yet:
 * what follows rests on it. Its failure becomes the obstacle.
 */
export function heldBack(snapshot: Snapshot, actions: readonly Action[]): Intent {
  const { failure } = snapshot.memory;
  const index = actions.findIndex(({ type }) => type === failure?.action);
  if (failure === undefined || index < 0)
    return { actions, obstacles: [], memory: snapshot.memory };
  const { action, code, message, count, retryAtMs } = failure;
  if (retryAtMs !== undefined && retryAtMs <= snapshot.nowMs) {
    return { actions, obstacles: [], memory: snapshot.memory };
  }
  const obstacle = {
    reason: code,
    message: `${action} failed${count > 1 ? ` ${count} times` : ""}: ${message}`,
    ...(retryAtMs === undefined
      ? { isFinal: true, ...lookAgain(snapshot) }
      : { retryAtMs, next: `retry ${action}` }),
  };
  return { actions: actions.slice(0, index), obstacles: [obstacle], memory: snapshot.memory };
}
