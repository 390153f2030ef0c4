const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time span in kubectl's short form: `45s`, `5m12s`, `3h20m`, `2d`. @param time - RFC 3339. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const then = Date.parse(time ?? "");
  return Number.isNaN(then) ? "<unknown>" : durationText((nowMs - then) / 1000);
}

/** @param seconds - Less than zero counts as zero. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 2 * MINUTE) return `${whole}s`;
  if (whole < 10 * MINUTE) return withRest(whole, MINUTE, "m", 1, "s");
  if (whole < 3 * HOUR) return `${Math.floor(whole / MINUTE)}m`;
  if (whole < 8 * HOUR) return withRest(whole, HOUR, "h", MINUTE, "m");
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)}h`;
  return `${Math.floor(whole / DAY)}d`;
}

function withRest(
  seconds: number,
  unit: number,
  name: string,
  ...[sub, subName]: [number, string]
) {
  const rest = Math.floor((seconds % unit) / sub);
  const text = `${Math.floor(seconds / unit)}${name}`;
  return rest === 0 ? text : `${text}${rest}${subName}`;
}
