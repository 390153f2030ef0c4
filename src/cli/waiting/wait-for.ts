import type { StoredObject } from "../../api/meta.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { watchObjects } from "../../client/watch.ts";
import type { Judge, Verdict } from "./verdict.ts";

export interface WaitItem {
  readonly address: ObjectAddress;
  readonly judge: Judge;
}

export interface WaitOptions {
  /** undefined = for ever; 0 = look once. */
  readonly timeoutMs: number | undefined;
  /** Told each change of a verdict. */
  readonly onVerdict: (item: WaitItem, verdict: Verdict) => void;
}

export interface WaitOutcome {
  readonly state: "met" | "failed" | "timeout";
  readonly verdicts: ReadonlyMap<WaitItem, Verdict>;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Watches until every item is met, or one has failed for good, or time is up. One watch serves all
 * items of a kind and namespace.
 */
export async function waitFor(
  client: ApiClient,
  items: readonly WaitItem[],
  options: WaitOptions,
): Promise<WaitOutcome> {
  const verdicts = new Map<WaitItem, Verdict>();
  const end = new AbortController();
  const { timeoutMs } = options;
  const limitMs = Math.min(Math.max(1, timeoutMs ?? MAX_TIMER_MS), MAX_TIMER_MS);
  const timer = setTimeout(() => timeoutMs !== 0 && end.abort(), limitMs);
  try {
    const groups = groupByScope(items);
    await Promise.all(groups.map((group) => follow(client, group, { verdicts, end, options })));
  } finally {
    clearTimeout(timer);
    end.abort();
  }
  return { state: stateOf(items, verdicts), verdicts };
}

interface Wait {
  readonly verdicts: Map<WaitItem, Verdict>;
  readonly end: AbortController;
  readonly options: WaitOptions;
}

async function follow(client: ApiClient, group: readonly WaitItem[], wait: Wait): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { resource, namespace } = first.address;
  const done = new AbortController();
  const present = new Map<string, StoredObject>();
  let isSynced = false;
  const look = (): void => {
    isSynced = true;
    for (const item of group) judge(item, present.get(item.address.name), wait);
    const state = stateOf(group, wait.verdicts);
    if (state === "failed") wait.end.abort();
    if (state === "met" || wait.options.timeoutMs === 0) done.abort();
  };
  const changes = watchObjects(client, resource, {
    namespace: resource.namespaced ? namespace : undefined,
    ...(group.length === 1 ? { fieldSelector: `metadata.name=${first.address.name}` } : {}),
    signal: AbortSignal.any([wait.end.signal, done.signal]),
    onSynced: look,
  });
  for await (const { type, item } of changes) {
    if (type === "DELETED") present.delete(item.metadata.name);
    else present.set(item.metadata.name, item);
    if (isSynced) look();
  }
}

function judge(item: WaitItem, object: StoredObject | undefined, wait: Wait): void {
  const before = wait.verdicts.get(item);
  const verdict = item.judge(object);
  wait.verdicts.set(item, verdict);
  const isNews = before?.state !== verdict.state || before.message !== verdict.message;
  if (isNews) wait.options.onVerdict(item, verdict);
}

function stateOf(
  items: readonly WaitItem[],
  verdicts: ReadonlyMap<WaitItem, Verdict>,
): WaitOutcome["state"] {
  const states = items.map((item) => verdicts.get(item)?.state);
  if (states.includes("failed")) return "failed";
  return states.every((state) => state === "met") ? "met" : "timeout";
}

function groupByScope(items: readonly WaitItem[]): WaitItem[][] {
  const groups = new Map<string, WaitItem[]>();
  for (const item of items) {
    const key = `${item.address.resource.plural}/${item.address.namespace}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
