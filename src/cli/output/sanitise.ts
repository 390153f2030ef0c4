/** Turn the direction in which a terminal shows what follows, so that it reads as something else. */
const DIRECTION_MARKS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text that a terminal shows and does not obey: control characters and marks of direction, which a
 * plugin may put into a message, become `?`; line ends and tabs become spaces.
 */
export function sanitise(text: string): string {
  const line = text.replaceAll(/[\n\r\t\u2028\u2029]+/g, " ").replaceAll(DIRECTION_MARKS, "?");
  // oxlint-disable-next-line no-control-regex
  return line.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, "?");
}
