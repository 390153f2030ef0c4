import { negotiate } from "../accept.ts";
import type { ApiContext } from "../api-context.ts";
import { checkWatchOptions } from "../list-options.ts";
import type { Predicate } from "../label-selector.ts";
import type { StoreEvent, Subscription } from "../ports.ts";
import { countOf, includeObjectOf, isTrue, resourceVersionOf } from "../query.ts";
import type { ResourceRequest } from "../resource-request.ts";
import type { SelectedEvent } from "../selection.ts";
import { selectEvent, selectionOf } from "../selection.ts";
import type { WatchFormat } from "../watch-encoder.ts";
import { WatchStream } from "../watch-stream.ts";

const BOOKMARK_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_SECONDS = 45 * 60;
const MAX_TIMEOUT_SECONDS = 24 * 60 * 60;
/** What a client has to read the rest of a watch that has ended. */
const END_GRACE_MS = 30_000;

/**
 * Streams the changes of a kind, one JSON line each, from `resourceVersion` on. Without one, or
 * with "0", the stream begins with every object there is, as ADDED. It ends at `timeoutSeconds`,
 * when the client goes, or when the server closes.
 */
export function watch(request: ResourceRequest, context: ApiContext): void {
  const plan = planOf(request, context);
  const stream = new WatchStream(request.response, () =>
    context.logger.warn({ kind: plan.definition.kind }, "dropped a watcher that does not read"),
  );
  const encode = encoderOf(plan, context);
  const abandon = (thrown: unknown): void => {
    context.logger.error({ err: thrown, kind: plan.definition.kind }, "cannot send an event");
    request.response.destroy();
  };
  const subscription = begin(plan, context, { stream, encode, abandon });
  keepUntilEnd(plan, context, { stream, subscription, response: request.response });
  stream.open();
}

/** All that a watch's query says, checked before the first byte is sent. */
interface WatchPlan extends WatchFormat {
  readonly namespace: string | undefined;
  readonly selection: Predicate | undefined;
  /** Empty: begin with what is there. */
  readonly start: string;
  readonly wantsBookmarks: boolean;
  readonly wantsInitialEnd: boolean;
  readonly timeoutMs: number;
}

function planOf(
  { definition, namespace, query, request }: ResourceRequest,
  context: ApiContext,
): WatchPlan {
  checkWatchOptions(query);
  const resourceVersion = resourceVersionOf(query, context);
  const wantsInitialEnd = isTrue(query, "sendInitialEvents");
  const wantsState = resourceVersion === "0" || wantsInitialEnd;
  const timeoutSeconds = countOf(query, "timeoutSeconds") ?? 0;
  return {
    definition,
    namespace: definition.namespaced ? namespace : undefined,
    selection: selectionOf(query, definition),
    format: negotiate(request.headers.accept),
    includeObject: includeObjectOf(query),
    start: wantsState ? "" : resourceVersion,
    wantsBookmarks: isTrue(query, "allowWatchBookmarks"),
    wantsInitialEnd,
    timeoutMs:
      1_000 *
      Math.min(
        timeoutSeconds === 0 ? DEFAULT_TIMEOUT_SECONDS : timeoutSeconds,
        MAX_TIMEOUT_SECONDS,
      ),
  };
}

/** Takes an event when it comes, and gives what makes its bytes. */
type Encode = (event: SelectedEvent) => () => Buffer;

function encoderOf(plan: WatchPlan, { watchEncoder }: ApiContext): Encode {
  let isFirst = true;
  return ({ type, object }) => {
    const hasHeader = isFirst;
    isFirst = false;
    return () => watchEncoder.encode(type, object, { ...plan, hasHeader });
  };
}

interface Output {
  readonly stream: WatchStream;
  readonly encode: Encode;
  /** Cuts the stream, since a client that misses an event must know it. */
  readonly abandon: (thrown: unknown) => void;
}

/** Queues what was there before, and subscribes to what comes, with nothing lost between. */
function begin(plan: WatchPlan, context: ApiContext, output: Output): Subscription {
  const { stream, encode, abandon } = output;
  const { definition, namespace, selection } = plan;
  let isLive = false;
  const onEvent = (event: StoreEvent): void => {
    try {
      const selected = selectEvent(event, selection);
      if (selected === undefined) return;
      if (isLive) stream.send(encode(selected)());
      else stream.sendLater(encode(selected));
    } catch (thrown) {
      abandon(thrown);
    }
  };
  let from = plan.start;
  if (from === "") {
    const list = context.store.list(definition, namespace);
    from = list.resourceVersion;
    for (const object of list.items)
      if (selection === undefined || selection(object))
        stream.sendLater(encode({ type: "ADDED", object }));
    if (plan.wantsInitialEnd)
      stream.sendLater(() => context.watchEncoder.bookmark(plan, from, true));
  }
  const subscription = context.store.watch(definition, namespace, from, onEvent);
  isLive = true;
  return subscription;
}

interface Running {
  readonly stream: WatchStream;
  readonly subscription: Subscription;
  readonly response: ResourceRequest["response"];
}

function keepUntilEnd(plan: WatchPlan, context: ApiContext, running: Running): void {
  const { stream, subscription, response } = running;
  const { clock, openStreams } = context;
  // The store tells its watchers of a write before the write returns, so all up to now is sent.
  const bookmark = (): void => {
    if (plan.wantsBookmarks)
      stream.send(context.watchEncoder.bookmark(plan, context.store.resourceVersion(), false));
  };
  const tick = (): void => {
    bookmark();
    bookmarkTimer = clock.after(BOOKMARK_INTERVAL_MS, tick);
  };
  let bookmarkTimer = clock.after(BOOKMARK_INTERVAL_MS, tick);
  const end = (): void => {
    subscription.close();
    bookmark();
    stream.end();
    endTimer.cancel();
    endTimer = clock.after(END_GRACE_MS, () => response.destroy());
  };
  let endTimer = clock.after(plan.timeoutMs, end);
  openStreams.add(end);
  response.on("close", () => {
    subscription.close();
    bookmarkTimer.cancel();
    endTimer.cancel();
    openStreams.delete(end);
  });
}
