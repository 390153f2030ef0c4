import { expect, test } from "vitest";
import type { TokenRow } from "../../../src/store/token-table.ts";
import { tempPath, testStore } from "./fixture.ts";

const row: TokenRow = {
  id: "0123456789",
  name: "ci",
  role: "edit",
  digest: "ab".repeat(32),
  createdAtMs: 1_900_000_000_123,
  expiresAtMs: undefined,
  lastUsedAtMs: undefined,
};

test("tokens outlive a restart, as they were", async () => {
  const path = tempPath();
  const store = await testStore({ path });
  const expiring = { ...row, id: "b", createdAtMs: 1, expiresAtMs: 5, lastUsedAtMs: 3 };
  store.tokens.insert(row);
  store.tokens.insert(expiring);
  store.tokens.insert({ ...row, id: "c" });
  store.tokens.touch(row.id, 7);
  store.tokens.remove("c");
  store.tokens.remove("nobody");
  store.close();
  const again = await testStore({ path });
  expect(again.tokens.list()).toEqual([expiring, { ...row, lastUsedAtMs: 7 }]);
});

test("tokens are no objects, and no write of one moves the resourceVersion", async () => {
  const store = await testStore({ path: tempPath() });
  const before = store.resourceVersion();
  store.tokens.insert(row);
  expect(store.resourceVersion()).toBe(before);
  expect(() => store.tokens.insert(row)).toThrow();
  expect(store.tokens.list()).toHaveLength(1);
});
