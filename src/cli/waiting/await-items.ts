import type { ApiClient } from "../../client/api-client.ts";
import { labelOf } from "../objects/plugin-facts.ts";
import { sanitise } from "../output/sanitise.ts";
import type { Style } from "../output/style.ts";
import { openProgress } from "./progress.ts";
import { waitFor, type WaitItem, type WaitOutcome } from "./wait-for.ts";

export interface AwaitOptions {
  readonly timeoutMs: number | undefined;
  readonly style: Style;
  /** Told when an item is met, in place of any progress. */
  readonly onMet?: (item: WaitItem) => void;
}

/** Exit status of a wait, and of all that end in one. */
export const WAIT_EXIT = { met: 0, failed: 1, timeout: 3 } as const;

/** Waits with progress on standard error, says what went wrong, and gives the exit status. */
export async function awaitItems(
  client: ApiClient,
  items: readonly WaitItem[],
  { timeoutMs, style, onMet }: AwaitOptions,
): Promise<number> {
  const progress = onMet === undefined ? openProgress(terminal(), style) : undefined;
  let outcome: WaitOutcome;
  try {
    outcome = await waitFor(client, items, {
      timeoutMs,
      onVerdict(item, verdict) {
        if (verdict.state === "met") onMet?.(item);
        progress?.show(nameOf(item), verdict);
      },
    });
  } finally {
    progress?.close();
  }
  for (const line of complaints(items, outcome)) process.stderr.write(`${line}\n`);
  return WAIT_EXIT[outcome.state];
}

function complaints(items: readonly WaitItem[], { state, verdicts }: WaitOutcome): string[] {
  if (state === "met") return [];
  return items.flatMap((item) => {
    const verdict = verdicts.get(item);
    if (verdict?.state === "met" || (state === "failed" && verdict?.state !== "failed")) return [];
    const what = state === "failed" ? "failed" : "timed out";
    const message = sanitise(verdict?.message ?? "nothing is known of it");
    const isPlugin = item.address.resource.kind === "Plugin";
    const next = isPlugin ? `; see: portunix why ${item.address.name}` : "";
    return [`Error: ${nameOf(item)} ${what}: ${message}${next}`];
  });
}

function nameOf({ address }: WaitItem): string {
  return labelOf(address.resource.kind, address.name);
}

function terminal() {
  const { stderr } = process;
  return {
    isTTY: stderr.isTTY && process.env["TERM"] !== "dumb",
    columns: stderr.columns || 80,
    rows: stderr.rows || 24,
    write: (text: string) => void stderr.write(text),
  };
}
