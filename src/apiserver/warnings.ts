import type { ServerResponse } from "node:http";

const MAX_WARNINGS = 50;
const TEXT_MAX_LENGTH = 256;

/**
 * Adds a warning that kubectl prints to its user, before the answer is sent.
 *
 * @see https://kubernetes.io/blog/2020/09/03/warnings/
 */
export function addWarning(response: ServerResponse, text: string): void {
  const known = response.getHeader("warning");
  const warnings = Array.isArray(known) ? known : [];
  const warning = `299 - ${quoted(text)}`;
  if (warnings.length >= MAX_WARNINGS || warnings.includes(warning)) return;
  response.setHeader("warning", [...warnings, warning]);
}

/** A quoted-string of RFC 9110; what a header cannot carry becomes a question mark. */
function quoted(text: string): string {
  const cut = text.length > TEXT_MAX_LENGTH ? `${text.slice(0, TEXT_MAX_LENGTH)}...` : text;
  return `"${cut.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;
}
