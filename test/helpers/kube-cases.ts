import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import type { KubeSession, SessionRun } from "./kube-session.ts";

/** The whole output after `normalised`, a pattern it must match, or parts that it must hold. */
export type Expected = string | RegExp | readonly (string | RegExp)[];

/** One command line with what it must print and its exit code. */
export interface KubeCase extends SessionRun {
  /** Without the program's name. */
  readonly run: string;
  /** 0 when left out. */
  readonly status?: number;
  /** Nothing when left out. */
  readonly stdout?: Expected;
  /** Nothing when left out. */
  readonly stderr?: Expected;
  /** Run again until it is as expected: what it looks at needs a while to come true. */
  readonly comesTrue?: boolean;
}

/** Each case is a test; they run in the order in which they stand, and build on each other. */
export function kubeCases(session: () => KubeSession, cases: readonly KubeCase[]): void {
  for (const one of cases)
    test(one.run, async () => {
      if (one.comesTrue === true) await eventually(() => check(session(), one), 25_000, 100);
      else await check(session(), one);
    });
}

async function check(session: KubeSession, one: KubeCase): Promise<void> {
  const { status, stdout, stderr } = await session.run(one.run, one);
  const shown = `stdout: ${stdout}\nstderr: ${stderr}`;
  compare(stdout, one.stdout ?? "", shown);
  compare(stderr, one.stderr ?? "", shown);
  expect(status, shown).toBe(one.status ?? 0);
}

function compare(actual: string, expected: Expected, shown: string): void {
  const text = normalised(actual);
  if (typeof expected === "string") expect(text, shown).toBe(trimmed(expected));
  else if (expected instanceof RegExp) expect(text, shown).toMatch(expected);
  else
    for (const part of expected)
      if (typeof part === "string") expect(text, shown).toContain(trimmed(part));
      else expect(text, shown).toMatch(part);
}

/** Puts a word for what is another in each run, and three spaces between the cells of a table. */
export function normalised(text: string): string {
  return (
    trimmed(text)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "TIME")
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UID")
      .replaceAll(/sha256:[0-9a-f]{64}/g, "DIGEST")
      .replaceAll(/127\.0\.0\.1:\d+/g, "SERVER")
      .replaceAll(/(resourceVersion"?: )"\d+"/g, '$1"RV"')
      .replaceAll(/(?<= {2}|^)(?:<invalid>|(?:\d+[dhms]){1,2})(?= {2}|$)/gm, "AGE")
      .replaceAll(/(?<= {2}|^)[0-9a-f]{12}(?= {2}|$)/gm, "HEX")
      // Not after the sign that begins a line of a diff.
      .replaceAll(/(?<=\S)(?<!^[-+]) {2,}/gm, "   ")
  );
}

/** Without the indentation that all lines share, without spaces at the ends of lines and empty ends. */
function trimmed(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const indents = lines.filter((line) => line !== "").map((line) => line.search(/\S/));
  const indent = Math.min(...indents, Infinity);
  return lines
    .map((line) => line.slice(Number.isFinite(indent) ? indent : 0))
    .join("\n")
    .replaceAll(/^\n+|\n+$/g, "");
}
