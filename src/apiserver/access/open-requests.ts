import type { ServerResponse } from "node:http";
import type { Clock, Timer } from "../../base/clock.ts";
import type { Session } from "./ports.ts";

/** Clocks can be set; what expires is looked at again this often. */
const CHECK_INTERVAL_MS = 30_000;

interface Client {
  readonly responses: Set<ServerResponse>;
  timer: Timer | undefined;
}

/** The requests that are being answered, by the token they came with: none outlives its token. */
export class OpenRequests {
  readonly #clock: Clock;
  readonly #clients = new Map<string, Client>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(tokenId: string): number {
    return this.#clients.get(tokenId)?.responses.size ?? 0;
  }

  add(session: Session, response: ServerResponse): void {
    const { tokenId } = session;
    const known = this.#clients.get(tokenId);
    const client: Client = known ?? { responses: new Set(), timer: undefined };
    client.responses.add(response);
    if (known === undefined) {
      this.#clients.set(tokenId, client);
      this.#awaitExpiry(session, client);
    }
    response.on("close", () => this.#remove(tokenId, client, response));
  }

  /** Cuts all that came with the token: watches and logs must not go on. */
  cut(tokenId: string): void {
    for (const response of this.#clients.get(tokenId)?.responses ?? []) response.destroy();
  }

  #remove(tokenId: string, client: Client, response: ServerResponse): void {
    client.responses.delete(response);
    if (client.responses.size > 0 || this.#clients.get(tokenId) !== client) return;
    client.timer?.cancel();
    this.#clients.delete(tokenId);
  }

  #awaitExpiry(session: Session, client: Client): void {
    const { tokenId, expiresAtMs } = session;
    if (expiresAtMs === undefined) return;
    const leftMs = expiresAtMs - this.#clock.nowMs();
    if (leftMs <= 0) {
      this.cut(tokenId);
      return;
    }
    const check = (): void => this.#awaitExpiry(session, client);
    client.timer = this.#clock.after(Math.min(leftMs, CHECK_INTERVAL_MS), check);
  }
}
