const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_M = 60;
const DAY_H = 24;
const YEAR_D = 365;

/**
 * An age as kubectl prints it, `45s`, `3m20s`, `5h`, `2d3h`, `400d`: two to three figures, and no
 * more. Times up to two seconds ahead count as now; later ones, which only a clock that was set
 * can bring, as `<invalid>`.
 *
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/util/duration#HumanDuration
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / SECOND_MS);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * MINUTE_S) return `${seconds}s`;
  const minutes = Math.trunc(seconds / MINUTE_S);
  if (minutes < 10) return pair(minutes, "m", seconds % MINUTE_S, "s");
  if (minutes < 3 * HOUR_M) return `${minutes}m`;
  const hours = Math.trunc(minutes / HOUR_M);
  if (hours < 8) return pair(hours, "h", minutes % HOUR_M, "m");
  if (hours < 2 * DAY_H) return `${hours}h`;
  const days = Math.trunc(hours / DAY_H);
  if (days < 8) return pair(days, "d", hours % DAY_H, "h");
  if (days < 2 * YEAR_D) return `${days}d`;
  const years = Math.trunc(days / YEAR_D);
  return years < 8 ? pair(years, "y", days % YEAR_D, "d") : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
