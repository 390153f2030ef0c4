import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unifiedDiff } from "../../../src/cli/diff/line-diff.ts";

const NAMES = ["live", "wanted"] as const;

describe("unifiedDiff", () => {
  test("is empty for equal texts", () => {
    expect(unifiedDiff("a\nb\n", "a\nb\n", NAMES)).toBe("");
  });

  test("shows a change between three lines of context", () => {
    const before = [1, 2, 3, 4, 5, 6, 7, 8, 9].join("\n");
    expect(unifiedDiff(`${before}\n`, `${before.replace("5", "five")}\n`, NAMES)).toBe(
      "--- live\n+++ wanted\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
    );
  });

  test("shows a new text as added", () => {
    expect(unifiedDiff("", "a\n", NAMES)).toBe("--- live\n+++ wanted\n@@ -0,0 +1,1 @@\n+a\n");
  });

  test("applied to the first text, gives the second", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff(join(before), join(after), NAMES);
        expect(patched(before, diff)).toEqual(after);
      }),
    );
  });
});

function join(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** A patch program in small: follows the line numbers of the hunks and checks all context. */
function patched(before: readonly string[], diff: string): string[] {
  const result: string[] = [];
  let next = 0;
  for (const line of diff.split("\n").slice(2, -1)) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === "0" ? 0 : 1);
      result.push(...before.slice(next, start));
      next = start;
      continue;
    }
    const text = line.slice(1);
    if (line.startsWith("+")) {
      result.push(text);
      continue;
    }
    expect(before[next]).toBe(text);
    next += 1;
    if (line.startsWith(" ")) result.push(text);
  }
  return [...result, ...before.slice(next)];
}
