/** A token as it is kept. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** Of the secret: SHA-256, hexadecimal. */
  readonly digest: string;
  /** Unix epoch, milliseconds, as the other times. */
  readonly createdAtMs: number;
  /** undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

/** Where tokens are kept; a write has reached the disk when it returns. */
export interface TokenRecords {
  /** The oldest first. */
  list(): readonly TokenRecord[];
  insert(record: TokenRecord): void;
  remove(id: string): void;
  touch(id: string, lastUsedAtMs: number): void;
}
