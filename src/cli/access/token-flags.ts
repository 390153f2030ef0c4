import { option, string } from "@oclif/core/flags";
import { PortunixError } from "../../base/errors.ts";
import { parseTimeout } from "../waiting/parse-timeout.ts";

/** What a new token is worth, and for how long. @param ttl - How long when it is not said. */
export function tokenFlags(role: "view" | "admin", ttl: string) {
  return {
    role: option({
      default: role,
      options: ["view", "edit", "admin"] as const,
      description:
        "view: read all but secrets; edit: also read secrets and change plugins; admin: anything.",
      helpValue: "view|edit|admin",
    })(),
    ttl: string({
      default: ttl,
      description: "How long it is valid, such as 30m or 24h; never: until it is revoked.",
      helpValue: "TIME",
    }),
    name: string({ description: "Name of the user it stands for; left out: one is made up." }),
  };
}

/** `24h`, or `never`. @returns Seconds; undefined: without end. */
export function parseTtl(text: string): number | undefined {
  if (text === "never") return undefined;
  const seconds = parseTimeout(text) / 1000;
  if (seconds > 0 && !text.startsWith("-")) return seconds;
  throw new PortunixError(
    "BadRequest",
    `--ttl ${text}: must be above 0, such as 24h; write never for a token without end`,
  );
}
