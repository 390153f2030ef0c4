import { PortunixError } from "../../base/errors.ts";

/** @param text - `30s`, `5m`, `1h30m`, a number of seconds; 0 = look once, below 0 = a week. */
export function parseTimeout(text: string): number {
  if (/^-\d/.test(text)) return 7 * 24 * 3_600_000;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw new PortunixError(
      "BadRequest",
      `"${text}" is no duration; write it like 30s, 5m or 1h30m`,
    );
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return Math.round(
    parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (units[unit] ?? 1000), 0),
  );
}
