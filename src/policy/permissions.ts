import type { Permissions } from "../api/plugin.ts";

/**
 * What a package asks for and its Plugin does not grant, in readable form, such as
 * `filesystem.read /var/log` or `network.outbound api.example.com:443`; empty when all is granted.
 *
 * A granted path covers what lies below it, and a grant to write covers reading. A granted host may
 * be `*` or begin with `*.` (any host below, not the domain itself), a granted port may be `*` or
 * left out, and `*` grants every program. A wildcard that is asked for needs the same or a wider one.
 *
 * @param asked - From the package's manifest; undefined: nothing.
 * @param granted - From `spec.permissions`; undefined: nothing.
 */
export function missingPermissions(
  asked: Permissions | undefined,
  granted: Permissions | undefined,
): readonly string[] {
  const writable = granted?.filesystem?.write ?? [];
  const readable = [...(granted?.filesystem?.read ?? []), ...writable];
  const { network: reach, system } = granted ?? {};
  return [
    ...missing("filesystem.read", asked?.filesystem?.read, readable, coversPath),
    ...missing("filesystem.write", asked?.filesystem?.write, writable, coversPath),
    ...missing("network.outbound", asked?.network?.outbound, reach?.outbound, coversAddress),
    ...missing("system.execute", asked?.system?.execute, system?.execute, coversProgram),
    ...missing("system.environment", asked?.system?.environment, system?.environment, isSame),
  ];
}

type Covers = (grant: string, asked: string) => boolean;

function missing(
  kind: string,
  asked: readonly string[] | undefined,
  granted: readonly string[] | undefined,
  covers: Covers,
): string[] {
  return [...new Set(asked)]
    .filter((item) => granted?.some((grant) => covers(grant, item)) !== true)
    .map((item) => `${kind} ${item}`);
}

/** Segment by segment, so that `/var/log` does not cover `/var/logs`. Links are not followed here. */
function coversPath(grant: string, asked: string): boolean {
  if (grant.startsWith("/") !== asked.startsWith("/")) return false;
  const [above, below] = [segmentsOf(grant), segmentsOf(asked)];
  // A relative path that leads upwards covers and is covered by itself alone.
  if (above[0] === ".." || below[0] === "..") return above.join("/") === below.join("/");
  return above.every((segment, index) => segment === below[index]);
}

function segmentsOf(path: string): readonly string[] {
  const segments: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") segments.push(part);
    else if (segments.length > 0 && segments.at(-1) !== "..") segments.pop();
    else if (!path.startsWith("/")) segments.push(part);
  }
  return segments;
}

function coversAddress(grant: string, asked: string): boolean {
  const [wide, narrow] = [parseAddress(grant), parseAddress(asked)];
  return coversHost(wide.host, narrow.host) && (wide.port === ANY || wide.port === narrow.port);
}

const ANY = "*";

function coversHost(grant: string, asked: string): boolean {
  if (grant === ANY || grant === asked) return true;
  return grant.startsWith("*.") && asked.endsWith(grant.slice(1));
}

/** `host:port`, `host`, `[::1]:443` or `::1`; names compare without regard to case or a last dot. */
function parseAddress(address: string): { readonly host: string; readonly port: string } {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(address);
  const host = (parts?.[1] ?? address).toLowerCase().replace(/\.$/, "");
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: parts?.[2] ?? ANY };
}

function coversProgram(grant: string, asked: string): boolean {
  return grant === ANY || grant === asked;
}

function isSame(grant: string, asked: string): boolean {
  return grant === asked;
}
