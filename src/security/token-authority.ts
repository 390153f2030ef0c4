import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { PortunixError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { groupsOf, isRole, type Role } from "../policy/authorize.ts";
import type { TokenRecord, TokenRecords } from "./ports.ts";

/** What may be told of a token; times are RFC 3339. */
export interface TokenInfo {
  readonly id: string;
  /** Of the user that it stands for. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
}

/** Whom a token stands for. */
export interface TokenSession {
  readonly user: {
    readonly name: string;
    readonly uid: string;
    readonly groups: readonly string[];
  };
  readonly tokenId: string;
  readonly expiresAtMs: number | undefined;
}

export interface NewToken {
  /** Of the user; made up from role and id when left out. */
  readonly name?: string | undefined;
  readonly role: Role;
  /** Left out: it does not expire. */
  readonly ttlMs?: number | undefined;
}

export interface TokenAuthorityOptions {
  readonly records: TokenRecords;
  readonly clock: Clock;
  readonly logger: Logger;
}

const ID_BYTES = 5;
const SECRET_BYTES = 32;
const TOKEN = /^ptx_([0-9a-f]{10})_([A-Za-z0-9_-]{43})$/;
const NAME = /^[a-z0-9]([a-z0-9.@-]{0,61}[a-z0-9])?$/;
const MAX_TOKENS = 1_000;
/** How exactly the last use is known; each note of it is a write. */
const TOUCH_INTERVAL_MS = 60_000;
/** How long an expired token is still listed. */
const KEEP_EXPIRED_MS = 7 * 24 * 3_600_000;
/** A date can say no more. */
const MAX_TIME_MS = 8.64e15;

/**
 * Hands out bearer tokens, and tells whom one stands for: `ptx_<id>_<32 random bytes>`. Only a hash
 * of the secret is kept, so a token is shown once; a plain hash is enough where nobody can guess.
 */
export class TokenAuthority {
  readonly #records: TokenRecords;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #byId: Map<string, TokenRecord>;
  readonly #listeners = new Set<(tokenId: string) => void>();

  constructor({ records, clock, logger }: TokenAuthorityOptions) {
    this.#records = records;
    this.#clock = clock;
    this.#logger = logger;
    this.#byId = new Map(records.list().map((record) => [record.id, record]));
  }

  /** @throws {PortunixError} BadRequest; StorageFull or StorageFailed, and then there is no token. */
  create({ name, role, ttlMs }: NewToken): TokenInfo & { readonly token: string } {
    this.#forgetExpired();
    if (this.#byId.size >= MAX_TOKENS)
      throw new PortunixError(
        "BadRequest",
        `there are ${MAX_TOKENS} tokens already: revoke some first (portunix token revoke ID)`,
      );
    const createdAtMs = this.#clock.nowMs();
    const id = randomBytes(ID_BYTES).toString("hex");
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const record: TokenRecord = {
      id,
      name: checkName(name ?? `${role}-${id}`),
      role,
      digest: digestOf(secret).toString("hex"),
      createdAtMs,
      expiresAtMs: ttlMs === undefined ? undefined : checkExpiry(createdAtMs + ttlMs, ttlMs),
      lastUsedAtMs: undefined,
    };
    this.#records.insert(record);
    this.#byId.set(id, record);
    this.#logger.info({ tokenId: id, user: record.name, role }, "handed out a token");
    return { ...toInfo(record, role), token: `ptx_${id}_${secret}` };
  }

  /** The oldest first, expired ones of the last week too. */
  list(): readonly TokenInfo[] {
    return [...this.#byId.values()].flatMap((record) =>
      isRole(record.role) ? [toInfo(record, record.role)] : [],
    );
  }

  /** In effect when it returns: whoever listens has been told. @throws {PortunixError} NotFound. */
  revoke(id: string): TokenInfo {
    const record = this.#byId.get(id);
    if (record === undefined || !isRole(record.role))
      throw new PortunixError("NotFound", `tokens "${id}" not found; see: portunix token list`);
    this.#records.remove(id);
    this.#byId.delete(id);
    this.#logger.info({ tokenId: id, user: record.name }, "revoked a token");
    for (const listener of this.#listeners) listener(id);
    return toInfo(record, record.role);
  }

  /** undefined for a token that is wrong, revoked or expired; takes as long for one as for another. */
  authenticate(token: string): TokenSession | undefined {
    const [, id = "", secret = ""] = TOKEN.exec(token) ?? [];
    const record = this.#byId.get(id);
    const known = record === undefined ? NO_DIGEST : Buffer.from(record.digest, "hex");
    if (!isSame(digestOf(secret), known) || record === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    const { name, role, expiresAtMs } = record;
    if (!isRole(role) || (expiresAtMs !== undefined && expiresAtMs <= nowMs)) return undefined;
    this.#touch(record, nowMs);
    return { user: { name, uid: id, groups: groupsOf(role) }, tokenId: id, expiresAtMs };
  }

  /** Calls `listener` with the id of each token as it is revoked. @returns Ends it. */
  onRevoked(listener: (tokenId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A full disk must not lock anybody out, so a failure is logged and no more. */
  #touch(record: TokenRecord, nowMs: number): void {
    if (Math.abs(nowMs - (record.lastUsedAtMs ?? 0)) < TOUCH_INTERVAL_MS) return;
    this.#byId.set(record.id, { ...record, lastUsedAtMs: nowMs });
    try {
      this.#records.touch(record.id, nowMs);
    } catch (thrown) {
      this.#logger.warn({ err: thrown, tokenId: record.id }, "cannot note a token's last use");
    }
  }

  #forgetExpired(): void {
    const beforeMs = this.#clock.nowMs() - KEEP_EXPIRED_MS;
    for (const { id, expiresAtMs } of this.#byId.values()) {
      if (expiresAtMs === undefined || expiresAtMs > beforeMs) continue;
      this.#records.remove(id);
      this.#byId.delete(id);
    }
  }
}

const NO_DIGEST = Buffer.alloc(32);

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw new PortunixError(
    "BadRequest",
    `the name ${JSON.stringify(name)} of a token must be at most 63 of a-z, 0-9, ".", "@" and "-", and begin and end with one of a-z, 0-9`,
  );
}

function checkExpiry(expiresAtMs: number, ttlMs: number): number {
  if (ttlMs > 0 && expiresAtMs <= MAX_TIME_MS) return expiresAtMs;
  throw new PortunixError("BadRequest", `a token cannot be valid for ${ttlMs} milliseconds`);
}

function toInfo(record: TokenRecord, role: Role): TokenInfo {
  const { id, name, createdAtMs, expiresAtMs, lastUsedAtMs } = record;
  return {
    id,
    name,
    role,
    createdAt: toTime(createdAtMs),
    ...(expiresAtMs === undefined ? {} : { expiresAt: toTime(expiresAtMs) }),
    ...(lastUsedAtMs === undefined ? {} : { lastUsedAt: toTime(lastUsedAtMs) }),
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
