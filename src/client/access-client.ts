import type { Transport } from "./transport.ts";

export type Role = "view" | "edit" | "admin";

/** What is told of a token once it has been handed out; times are RFC 3339. */
export interface TokenInfo {
  readonly id: string;
  /** Of the user that it stands for. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  /** Left out: it does not expire. */
  readonly expiresAt?: string;
  /** To the minute; left out: never used. */
  readonly lastUsedAt?: string;
}

/** A token, for the only time that it is shown. */
export interface NewToken extends TokenInfo {
  readonly token: string;
}

export interface NewTokenOptions {
  readonly role: Role;
  /** Left out: one is made up. */
  readonly name?: string | undefined;
  /** Left out: the token does not expire. */
  readonly ttlSeconds?: number | undefined;
}

/** How to reach the API over TLS. */
export interface Endpoint {
  /** Such as `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** Who may reach the daemon's API from outside its socket. Every method rejects with a PortunixError. */
export interface AccessClient {
  createToken(options: NewTokenOptions): Promise<NewToken>;
  /** The oldest first. */
  listTokens(): Promise<readonly TokenInfo[]>;
  /** In effect when it resolves. */
  revokeToken(id: string): Promise<TokenInfo>;
  /** undefined: the API is served on the unix socket alone. */
  endpoint(): Promise<Endpoint | undefined>;
}

const TOKENS = "/portunix/v1/tokens";

export function createAccessClient(transport: Transport): AccessClient {
  const get = async (path: string): Promise<unknown> =>
    JSON.parse(await transport.send({ method: "GET", path }));
  return {
    async createToken(options) {
      const body = JSON.stringify(options);
      return JSON.parse(await transport.send({ method: "POST", path: TOKENS, body })) as NewToken;
    },
    async listTokens() {
      const { items } = (await get(TOKENS)) as { items: readonly TokenInfo[] };
      return items;
    },
    async revokeToken(id) {
      const path = `${TOKENS}/${encodeURIComponent(id)}`;
      return JSON.parse(await transport.send({ method: "DELETE", path })) as TokenInfo;
    },
    async endpoint() {
      const endpoint = (await get("/portunix/v1/endpoint")) as Partial<Endpoint>;
      const { server, certificateAuthority } = endpoint;
      if (server === undefined || certificateAuthority === undefined) return undefined;
      return { server, certificateAuthority };
    },
  };
}
