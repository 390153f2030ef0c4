/** RFC 3339, UTC, whole seconds. */
export function toTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
