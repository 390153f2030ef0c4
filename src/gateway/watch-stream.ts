import type { ServerWritableStream } from "@grpc/grpc-js";
import type { ObjectKey } from "../api/key.ts";
import type { WatchEventMessage } from "./plugin-manager-messages.ts";
import { toStateMessage } from "./plugin-state-codec.ts";
import type { PluginState, ServedManager } from "./ports.ts";

/** In the queue, what ends the initial list: no key of a plugin has this form. */
const BOOKMARK = Symbol("bookmark");

/**
 * Serves one watcher: the present states, a bookmark, then every change. Of what the watcher has
 * not taken yet only the newest state of each plugin waits, so a slow one costs no memory.
 */
export function serveWatch(
  manager: Pick<ServedManager, "watch">,
  call: ServerWritableStream<unknown, WatchEventMessage>,
): void {
  const waiting = new Map<ObjectKey | typeof BOOKMARK, PluginState | undefined>();
  let isBlocked = true;
  const pump = (): void => {
    for (const [key, state] of waiting) {
      if (isBlocked) return;
      waiting.delete(key);
      isBlocked = !call.write({ state: state === undefined ? null : toStateMessage(state) });
    }
  };
  const { initial, close } = manager.watch((state) => {
    waiting.set(state.key, state);
    pump();
  });
  for (const state of initial) waiting.set(state.key, state);
  waiting.set(BOOKMARK, undefined);
  call.on("drain", () => {
    isBlocked = false;
    pump();
  });
  for (const event of ["cancelled", "close", "error"]) {
    call.on(event, () => {
      isBlocked = true;
      waiting.clear();
      close();
    });
  }
  isBlocked = false;
  pump();
}
