import { describe, expect, test } from "vitest";
import { ListCache } from "../../../src/apiserver/list-cache.ts";

describe("ListCache", () => {
  test("encodes a list once for each version", () => {
    const cache = new ListCache();
    let encoded = 0;
    const encode = (): string => `list ${(encoded += 1)}`;
    expect(cache.get("a", "1", encode).toString()).toBe("list 1");
    expect(cache.get("a", "1", encode).toString()).toBe("list 1");
    expect(cache.get("b", "1", encode).toString()).toBe("list 2");
    expect(cache.get("a", "2", encode).toString()).toBe("list 3");
    expect(encoded).toBe(3);
  });

  test("forgets the oldest when there are too many, or they are too large", () => {
    const cache = new ListCache();
    let encoded = 0;
    const get = (key: string, length: number): void =>
      void cache.get(key, "1", () => {
        encoded += 1;
        return "x".repeat(length);
      });
    for (let index = 0; index < 17; index += 1) get(`${index}`, 1);
    get("1", 1);
    expect(encoded).toBe(17);
    get("0", 1);
    expect(encoded).toBe(18);
    const large = 9 * 1024 * 1024;
    get("large", large);
    get("larger", large);
    get("large", large);
    expect(encoded).toBe(21);
  });
});
