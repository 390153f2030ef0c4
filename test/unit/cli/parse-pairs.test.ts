import { expect, test } from "vitest";
import { parsePairs } from "../../../src/cli/change/parse-pairs.ts";

test.each([
  ["plugin mon a=b", ["plugin", "mon"], [["a", "b"]]],
  [
    "plugin/mon a=b=c d-",
    ["plugin/mon"],
    [
      ["a", "b=c"],
      ["d", null],
    ],
  ],
  ["plugin mon a=", ["plugin", "mon"], [["a", ""]]],
  ["plugins x-", ["plugins"], [["x", null]]],
  ["plugins", ["plugins"], []],
])("%s", (line, words, pairs) => {
  const parsed = parsePairs(line.split(" "));
  expect([parsed.words, [...parsed.changes]]).toEqual([words, pairs]);
});

test.each(["plugin mon a=b mon2", "plugin mon a=b a=c", "plugin mon =b", "plugin mon a=1 -"])(
  "%s is refused",
  (line) => {
    expect(() => parsePairs(line.split(" "))).toThrow();
  },
);
