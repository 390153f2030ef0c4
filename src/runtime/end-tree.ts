import type { Clock } from "../base/clock.ts";
import type { ProcessIdentity } from "./process-table.ts";
import type { ProcessTree } from "./process-tree.ts";

export interface EndOptions {
  readonly clock: Clock;
  /** Monotonic; read again each time, since a second request may bring it forward. */
  readonly killAtMs: () => number;
  /** The daemon goes away: leave the rest to the next one. */
  readonly signal: AbortSignal;
  /** Called when something outlives SIGKILL, and again each time that it still does. */
  readonly onStuck: (message: string) => void;
  /** Called with the sleeper's wake-up, so that a seen exit need not wait for the next look. */
  readonly onWait: (wake: () => void) => void;
}

const LOOK_MIN_MS = 10;
const LOOK_MAX_MS = 200;
const STUCK_AFTER_MS = 5000;
const STUCK_LOOK_MS = 1000;

/**
 * Ends every process of the tree: SIGTERM to the leader's group, SIGTERM to what is left once the
 * leader is gone, SIGKILL to all when the time is up. Resolves when all of them are gone, and not
 * before: true then, false when aborted.
 */
export async function endTree(tree: ProcessTree, options: EndOptions): Promise<boolean> {
  const { clock, signal } = options;
  const asked = { leader: false, others: false };
  for (let lookMs = LOOK_MIN_MS; !signal.aborted; lookMs = Math.min(LOOK_MAX_MS, lookMs * 1.5)) {
    const overdueMs = clock.monotonicMs() - options.killAtMs();
    if (await isGone(tree, overdueMs >= 0, asked)) return true;
    const isStuck = overdueMs >= STUCK_AFTER_MS;
    if (isStuck) options.onStuck(await describeRest(tree));
    const untilKillMs = overdueMs < 0 ? -overdueMs : LOOK_MAX_MS;
    await pause(isStuck ? STUCK_LOOK_MS : Math.min(lookMs, untilKillMs), options);
  }
  return false;
}

/** One step; each process is asked once, and killed as often as it takes. */
async function isGone(
  tree: ProcessTree,
  isOverdue: boolean,
  asked: { leader: boolean; others: boolean },
): Promise<boolean> {
  if (tree.isLeaderAlive() && !isOverdue) {
    if (!asked.leader) askToEnd(tree, []);
    asked.leader = true;
    return false;
  }
  const others = await tree.others();
  if (!tree.isLeaderAlive() && others.length === 0) return true;
  if (isOverdue) tree.signal("SIGKILL", others);
  else if (!asked.others) askToEnd(tree, others);
  asked.others = true;
  return false;
}

/** A stopped process sees SIGTERM only once it goes on. */
function askToEnd(tree: ProcessTree, others: readonly ProcessIdentity[]): void {
  tree.signal("SIGTERM", others);
  tree.signal("SIGCONT", others);
}

async function describeRest(tree: ProcessTree): Promise<string> {
  return `SIGKILL does not end process ${tree.describe(await tree.others())}; still trying`;
}

function pause(delayMs: number, { clock, signal, onWait }: EndOptions): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      timer.cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = clock.after(delayMs, wake);
    signal.addEventListener("abort", wake);
    onWait(wake);
  });
}
