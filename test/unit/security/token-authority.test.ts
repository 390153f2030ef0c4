import { describe, expect, test } from "vitest";
import { PortunixError } from "../../../src/base/errors.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { TokenRecord, TokenRecords } from "../../../src/security/ports.ts";
import { TokenAuthority } from "../../../src/security/token-authority.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

const HOUR_MS = 3_600_000;

class MemoryRecords implements TokenRecords {
  readonly kept = new Map<string, TokenRecord>();
  isFull = false;
  touches = 0;

  list(): readonly TokenRecord[] {
    return [...this.kept.values()];
  }

  insert(record: TokenRecord): void {
    this.#write(() => this.kept.set(record.id, record));
  }

  remove(id: string): void {
    this.#write(() => this.kept.delete(id));
  }

  touch(id: string, lastUsedAtMs: number): void {
    this.touches += 1;
    const record = this.kept.get(id);
    if (record !== undefined) this.#write(() => this.kept.set(id, { ...record, lastUsedAtMs }));
  }

  #write(run: () => void): void {
    if (this.isFull) throw new PortunixError("StorageFull", "the disk is full");
    run();
  }
}

function newAuthority(records = new MemoryRecords(), clock = new FakeClock()) {
  return {
    records,
    clock,
    authority: new TokenAuthority({ records, clock, logger: silentLogger }),
  };
}

describe("a token", () => {
  test("stands for its user, also after a restart", () => {
    const { authority, records, clock } = newAuthority();
    const { token, id, name } = authority.create({ role: "edit", name: "ci" });
    expect(token).toMatch(/^ptx_[0-9a-f]{10}_[A-Za-z0-9_-]{43}$/);
    expect([name, authority.list()[0]?.id]).toEqual(["ci", id]);
    for (const one of [authority, newAuthority(records, clock).authority])
      expect(one.authenticate(token)).toEqual({
        user: { name: "ci", uid: id, groups: ["portunix:edit", "system:authenticated"] },
        tokenId: id,
        expiresAtMs: undefined,
      });
  });

  test("is kept as a hash, and never listed", () => {
    const { authority, records } = newAuthority();
    const { token } = authority.create({ role: "admin" });
    const secret = token.slice(-43);
    expect(JSON.stringify(records.list())).not.toContain(secret);
    expect(JSON.stringify(authority.list())).not.toContain(secret);
    expect(JSON.stringify(authority.list())).not.toContain(records.list()[0]?.digest);
  });

  test("is another each time", () => {
    const { authority } = newAuthority();
    const tokens = Array.from({ length: 50 }, () => authority.create({ role: "view" }).token);
    expect(new Set(tokens).size).toBe(50);
  });

  test("that is wrong in any way stands for nobody", () => {
    const { authority } = newAuthority();
    const { token } = authority.create({ role: "admin" });
    const other = authority.create({ role: "view" }).token;
    const wrong = [
      "",
      "x",
      token.slice(0, -1),
      `${token}x`,
      ` ${token}`,
      token.toUpperCase(),
      `${token.slice(0, 15)}${other.slice(15)}`,
      `ptx_0000000000_${token.slice(15)}`,
      `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
    ];
    expect(wrong.map((one) => authority.authenticate(one))).toEqual(wrong.map(() => undefined));
  });

  test("expires to the millisecond, also when the clock is set", () => {
    const { authority, clock } = newAuthority();
    const { token, expiresAt } = authority.create({ role: "view", ttlMs: HOUR_MS });
    expect(expiresAt).toBe("2030-01-01T01:00:00Z");
    clock.jump(HOUR_MS - 1);
    expect(authority.authenticate(token)).toBeDefined();
    clock.jump(1);
    expect(authority.authenticate(token)).toBeUndefined();
    expect(authority.list()).toHaveLength(1);
    clock.jump(8 * 24 * HOUR_MS);
    authority.create({ role: "view" });
    expect(authority.list()).toHaveLength(1);
  });

  test("that is revoked is worthless when revoke returns, and whoever listens knows", () => {
    const { authority, records, clock } = newAuthority();
    const { token, id } = authority.create({ role: "view" });
    const heard: (readonly [string, boolean])[] = [];
    const stop = authority.onRevoked((revoked) =>
      heard.push([revoked, authority.authenticate(token) === undefined]),
    );
    expect(authority.revoke(id)).toMatchObject({ id, role: "view" });
    expect(heard).toEqual([[id, true]]);
    expect(newAuthority(records, clock).authority.authenticate(token)).toBeUndefined();
    expect(() => authority.revoke(id)).toThrow(/tokens "[0-9a-f]{10}" not found/);
    stop();
    authority.revoke(authority.create({ role: "view" }).id);
    expect(heard).toHaveLength(1);
  });

  test("notes its last use, not more than once a minute, and works on a full disk", () => {
    const { authority, records, clock } = newAuthority();
    const { token } = authority.create({ role: "view" });
    authority.authenticate(token);
    authority.authenticate(token);
    expect(records.touches).toBe(1);
    expect(authority.list()[0]?.lastUsedAt).toBe("2030-01-01T00:00:00Z");
    records.isFull = true;
    clock.jump(61_000);
    expect(authority.authenticate(token)).toBeDefined();
    expect(records.touches).toBe(2);
  });

  test("is not there when it could not be written, and stays when it could not be removed", () => {
    const { authority, records } = newAuthority();
    const { token, id } = authority.create({ role: "view" });
    records.isFull = true;
    expect(() => authority.create({ role: "view" })).toThrow(/full/);
    expect(authority.list()).toHaveLength(1);
    expect(() => authority.revoke(id)).toThrow(/full/);
    expect(authority.authenticate(token)).toBeDefined();
  });

  test("with a role that this program does not know stands for nobody", () => {
    const { authority, records, clock } = newAuthority();
    const { token, id } = authority.create({ role: "admin" });
    const [record] = records.list();
    records.kept.set(id, { ...(record as TokenRecord), role: "superuser" });
    const later = newAuthority(records, clock).authority;
    expect([later.authenticate(token), later.list()]).toEqual([undefined, []]);
  });

  test.each(["", "Upper", "a b", "-a", "a-", "x".repeat(64), 'a"b', "system:admin"])(
    "is not made for the name %j",
    (name) => {
      const { authority } = newAuthority();
      expect(() => authority.create({ role: "view", name })).toThrow(PortunixError);
      expect(authority.list()).toEqual([]);
    },
  );

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e17])(
    "cannot live for %d ms",
    (ttlMs) => {
      expect(() => newAuthority().authority.create({ role: "view", ttlMs })).toThrow(PortunixError);
    },
  );

  test("is not made when there are a thousand", () => {
    const { authority } = newAuthority();
    for (let count = 0; count < 1_000; count += 1) authority.create({ role: "view" });
    expect(() => authority.create({ role: "view" })).toThrow(/revoke/);
  });
});
