import { StatusError } from "../status-error.ts";

/**
 * Refuses a request whose Host is none of the names that this server goes by: a page of another
 * site whose DNS name was made to point here (DNS rebinding).
 *
 * @param hosts - Names and IP addresses, in lower case, IPv6 without brackets.
 */
export function checkHost(header: string | undefined, hosts: ReadonlySet<string>): void {
  if (header !== undefined && hosts.has(hostOf(header))) return;
  throw new StatusError(
    421,
    "MisdirectedRequest",
    `this server does not answer for the host ${JSON.stringify(header ?? "")}: use one of ${[...hosts].join(", ")}`,
  );
}

/** Without its port; empty when it is no host. */
function hostOf(header: string): string {
  const [, ipv6, other] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::\d{1,5})?$/i.exec(header) ?? [];
  return (ipv6 ?? other ?? "").toLowerCase();
}
