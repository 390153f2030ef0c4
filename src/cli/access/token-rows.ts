import type { TokenInfo } from "../../client/access-client.ts";
import { ageOf, durationText } from "../output/age.ts";

/** The table of `token list`, its header first. */
export function tokenRows(tokens: readonly TokenInfo[], nowMs: number): string[][] {
  const rows = tokens.map(({ id, name, role, createdAt, expiresAt, lastUsedAt }) => [
    id,
    name,
    role,
    expiryText(expiresAt, nowMs),
    lastUsedAt === undefined ? "never" : `${ageOf(lastUsedAt, nowMs)} ago`,
    ageOf(createdAt, nowMs),
  ]);
  return [["ID", "NAME", "ROLE", "EXPIRES", "LAST USED", "AGE"], ...rows];
}

function expiryText(expiresAt: string | undefined, nowMs: number): string {
  if (expiresAt === undefined) return "never";
  const leftMs = Date.parse(expiresAt) - nowMs;
  return leftMs <= 0 ? "expired" : `in ${durationText(leftMs / 1000)}`;
}
