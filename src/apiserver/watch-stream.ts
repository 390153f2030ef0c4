import type { ServerResponse } from "node:http";

/** What a client may leave unread of live events before it is dropped. */
export const WATCH_BUFFER_MAX_BYTES = 4 * 1024 * 1024;

/**
 * The sending side of one watch. What was there before the watch began is encoded only as fast as
 * the client reads; live events are bytes already, and a client that leaves more than
 * {@link WATCH_BUFFER_MAX_BYTES} of them unread is dropped: it comes back and lists afresh.
 */
export class WatchStream {
  readonly #response: ServerResponse;
  readonly #onDropped: () => void;
  /** In the order of sending. Functions encode at the last moment; they hold no bytes. */
  #pending: (Buffer | (() => Buffer))[] = [];
  #pendingBytes = 0;
  /** Until {@link open}, and while the client has more than enough to read. */
  #isBlocked = true;
  #isEnding = false;

  constructor(response: ServerResponse, onDropped: () => void) {
    this.#response = response;
    this.#onDropped = onDropped;
    response.on("drain", () => {
      this.#isBlocked = false;
      this.#pump();
    });
  }

  /** Sends the head at once, and then what is queued. */
  open(): void {
    this.#response.writeHead(200, {
      "content-type": "application/json",
      "cache-control": "no-cache, private",
    });
    this.#response.flushHeaders();
    this.#isBlocked = false;
    this.#pump();
  }

  /** Queues what was there before; costs no buffer however much it is. */
  sendLater(encode: () => Buffer): void {
    this.#pending.push(encode);
    this.#pump();
  }

  send(line: Buffer): void {
    if (this.#isEnding || this.#response.destroyed) return;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    this.#pump();
    if (this.#pendingBytes + this.#response.writableLength > WATCH_BUFFER_MAX_BYTES) this.#drop();
  }

  /** Sends what is queued, and then the end. */
  end(): void {
    this.#isEnding = true;
    this.#pump();
  }

  #pump(): void {
    let sent = 0;
    while (!this.#isBlocked && sent < this.#pending.length) {
      const next = this.#pending[sent];
      sent += 1;
      if (next === undefined) continue;
      if (typeof next !== "function") this.#pendingBytes -= next.length;
      this.#isBlocked = !this.#response.write(typeof next === "function" ? next() : next);
    }
    if (sent > 0) this.#pending = this.#pending.slice(sent);
    if (this.#isEnding && this.#pending.length === 0) this.#response.end();
  }

  #drop(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#response.destroy();
    this.#onDropped();
  }
}
