import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { PortunixError } from "../base/errors.ts";

/** Where to listen, in addition to the unix socket. */
export interface ListenAddress {
  /** A name or an IP address, in lower case, IPv6 without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Reads `127.0.0.1:6443`, `localhost:0` or `[::1]:6443`.
 *
 * @param isBeyondLoopback - Whether other machines may connect; the user has said so in full words.
 * @throws {PortunixError} BadRequest; PermissionDenied for an address that others can reach.
 */
export function parseListenAddress(text: string, isBeyondLoopback: boolean): ListenAddress {
  const [, ipv6, other, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = (ipv6 ?? other ?? "").toLowerCase();
  const isHost = ipv6 === undefined ? HOST_NAME.test(host) : isIP(host) === 6;
  if (!isHost || Number(port) > PORT_MAX)
    throw new PortunixError(
      "BadRequest",
      `cannot listen on ${JSON.stringify(text)}: give an address and a port, such as 127.0.0.1:6443, or 127.0.0.1:0 for any free port`,
    );
  if (!isLoopback(host) && !isBeyondLoopback)
    throw new PortunixError(
      "PermissionDenied",
      `${host} can be reached from other machines: listen on 127.0.0.1, or add --listen-beyond-loopback if that is what you want`,
    );
  return { host, port: Number(port) };
}

/** The names and addresses that a server which listens there is reached by: for its certificate, and to check Host against. */
export function reachableHosts({ host }: ListenAddress): readonly string[] {
  const others = WILDCARDS.has(host) ? ownAddresses() : [host];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...others])];
}

/** Such as `https://127.0.0.1:6443`. */
export function serverUrl(host: string, port: number): string {
  const reachable = WILDCARDS.get(host) ?? host;
  return `https://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const PORT_MAX = 65_535;
/** Addresses that stand for every one of this machine, and one of them. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
]);

/** The name `localhost` is taken to be what it says (RFC 6761); no other name is. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function ownAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  // Link-local ones need a zone, which neither a certificate nor a URL can name.
  return addresses
    .filter(({ scopeid = 0 }) => scopeid === 0)
    .map(({ address }) => address.toLowerCase());
}
