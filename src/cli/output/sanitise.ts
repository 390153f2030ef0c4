/**
 * Text that a terminal shows and does not obey: control characters, which a plugin may put into a
 * message, become `?`; line ends and tabs become spaces.
 */
export function sanitise(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\n\r\t]+/g, " ").replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, "?");
}
