import type { PathAttributes, ResourceAttributes, Role } from "../../policy/authorize.ts";

/** Who sends a request; its groups say what it may do. */
export interface User {
  readonly name: string;
  /** Empty where there is none. */
  readonly uid: string;
  readonly groups: readonly string[];
}

/** A user, and what proved it. */
export interface Session {
  readonly user: User;
  readonly tokenId: string;
  /** Unix epoch, milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
}

/** Says who may do what. */
export interface Authorizer {
  allows(user: User, attributes: ResourceAttributes): boolean;
  allowsPath(user: User, attributes: PathAttributes): boolean;
}

/** Tells by a bearer token who is calling. */
export interface Authenticator {
  /** undefined for a token that is wrong, revoked or has expired. */
  authenticate(token: string): Session | undefined;
  /** Calls `listener` with the id of each token as it is revoked. @returns Ends it. */
  onRevoked(listener: (tokenId: string) => void): () => void;
}

/** What is told of a token once it has been handed out; times are RFC 3339. */
export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
}

/** The tokens of this home. */
export interface TokenRegistry {
  /** @param options - Without `ttlMs` it does not expire. @returns The token itself, for the only time. */
  create(options: {
    readonly name?: string | undefined;
    readonly role: Role;
    readonly ttlMs?: number | undefined;
  }): TokenInfo & { readonly token: string };
  list(): readonly TokenInfo[];
  /** In effect at once. Throws NotFound. */
  revoke(id: string): TokenInfo;
}

/** How to reach the API over TLS. */
export interface Endpoint {
  /** Such as `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** What the `/portunix/v1/` endpoints about access need. */
export interface Access {
  readonly tokens: TokenRegistry;
  /** undefined while the daemon does not listen for TLS. */
  readonly endpoint: () => Endpoint | undefined;
}
