const TIME_FIELDS = ["time", "timestamp", "@timestamp", "ts"];
/** Numbers below are seconds, then milliseconds, microseconds, nanoseconds of the Unix epoch. */
const UNITS: readonly (readonly [number, number])[] = [
  [1e11, 1000],
  [1e14, 1],
  [1e17, 1e-3],
  [Number.POSITIVE_INFINITY, 1e-6],
];
const LEADING_TIME = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)/;

/**
 * When a line of a log says it was written, Unix epoch, ms: a JSON object's `time`, `timestamp`,
 * `@timestamp` or `ts`, or an RFC 3339 time that the line begins with. Undefined when it says nothing.
 */
export function timeOfLine(line: string): number | undefined {
  if (line.startsWith("{")) return timeOfFields(line);
  const text = LEADING_TIME.exec(line)?.[1];
  return text === undefined ? undefined : parseTime(text.replace(" ", "T").replace(",", "."));
}

function timeOfFields(line: string): number | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof fields !== "object" || fields === null) return undefined;
  for (const name of TIME_FIELDS) {
    const value: unknown = Object.hasOwn(fields, name)
      ? (fields as Readonly<Record<string, unknown>>)[name]
      : undefined;
    if (typeof value === "number") return timeOfNumber(value);
    if (typeof value === "string") return parseTime(value);
  }
  return undefined;
}

function timeOfNumber(value: number): number | undefined {
  if (!Number.isFinite(value) || value <= 0) return undefined;
  const factor = UNITS.find(([limit]) => value < limit)?.[1] ?? 1;
  return Math.round(value * factor);
}

function parseTime(text: string): number | undefined {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
