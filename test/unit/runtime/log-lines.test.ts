import { describe, expect, test } from "vitest";
import { type LineOptions, selectLines } from "../../../src/runtime/log-lines.ts";
import { timeOfLine } from "../../../src/runtime/log-time.ts";

const MS = Date.parse("2026-01-01T00:00:00.250Z");

describe("the time of a line", () => {
  const cases: readonly [string, number | undefined][] = [
    ['{"time":1767225600250,"msg":"a"}', MS],
    ['{"ts":1767225600.25}', MS],
    ['{"timestamp":1767225600250000}', MS],
    ['{"@timestamp":"2026-01-01T00:00:00.250Z"}', MS],
    ['{"time":1767225600250000000}', MS],
    ["2026-01-01T00:00:00.250Z started", MS],
    ["[2026-01-01 01:00:00,250+01:00] started", MS],
    ["started at 2026-01-01T00:00:00Z", undefined],
    ['{"time":"yesterday"}', undefined],
    ['{"time":-1}', undefined],
    ['{"message":"no time"}', undefined],
    ["{not json", undefined],
    ["", undefined],
  ];
  test.each(cases)("%j is %j", (line, timeMs) => {
    expect(timeOfLine(line)).toBe(timeMs);
  });
});

describe("the lines of a log", () => {
  const at = (second: number) => `{"time":${MS + second * 1000},"n":${second}}`;
  const text = `starting\n${at(0)}\n${at(1)}\n  of 1\n${at(2)}\n  of 2\nunended`;

  test("pass as they are when nothing else is asked for", async () => {
    expect(await select(text, {})).toBe(text);
  });

  test("since a time take with them what follows, and what nothing tells the time of", async () => {
    expect(await select(text, { sinceMs: MS + 2000 })).toBe(`starting\n${at(2)}\n  of 2\nunended`);
    expect(await select("a\nb\n", { sinceMs: MS })).toBe("a\nb\n");
  });

  test("are found however the bytes arrive", async () => {
    for (const size of [1, 3, 17])
      expect(await select(text, { sinceMs: MS + 2000 }, size)).toBe(
        `starting\n${at(2)}\n  of 2\nunended`,
      );
  });

  test("carry their own time in front when asked to", async () => {
    expect(await select(`a\n${at(0)}\n`, { hasTimestamps: true })).toBe(
      `a\n2026-01-01T00:00:00.250Z ${at(0)}\n`,
    );
  });

  test("end after as many bytes as are asked for", async () => {
    expect(await select(text, { limitBytes: 11 })).toBe(text.slice(0, 11));
    expect(await select(text, { limitBytes: 0 })).toBe("");
  });

  test("may be of any length", async () => {
    const long = `${"x".repeat(200_000)}\n`;
    expect(await select(long, { sinceMs: MS })).toBe(long);
  });
});

async function select(text: string, options: Partial<LineOptions>, size = 1000): Promise<string> {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const all: LineOptions = { sinceMs: undefined, hasTimestamps: false, limitBytes: undefined };
  const selected: Uint8Array[] = [];
  for await (const part of selectLines(streamOf(chunks), { ...all, ...options }))
    selected.push(part);
  return Buffer.concat(selected).toString("utf8");
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
