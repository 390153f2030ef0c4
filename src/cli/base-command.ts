import { Command } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";
import { string as stringFlag } from "@oclif/core/flags";
import { DEFAULT_NAMESPACE } from "../api/meta.ts";
import { ERROR_CODES, PortunixError } from "../base/errors.ts";
import type { ApiClient } from "../client/api-client.ts";
import { type Home, homeFrom } from "../client/home.ts";
import { type Autostart, useClient } from "./connect.ts";
import { describeError } from "./output/describe-error.ts";
import { sanitise } from "./output/sanitise.ts";
import { type Style, styleFor } from "./output/style.ts";

/** The flag of every command that works in one namespace. */
export const namespaceFlag = {
  namespace: stringFlag({
    char: "n",
    default: DEFAULT_NAMESPACE,
    description: "Namespace to work in.",
    helpValue: "NAME",
  }),
};

/** What all commands share: the home, the connection, plain output, and how an error ends them. */
export abstract class BaseCommand extends Command {
  protected readonly home: Home = homeFrom(process.env);
  protected readonly style: Style = styleFor(process.stdout, process.env);

  /** Parses, runs and reports; sets the process's exit status, and never rejects for a user's fault. */
  static async invoke(
    this: new (
      argv: string[],
      config: Config,
    ) => BaseCommand,
    argv: readonly string[],
    config: Config,
  ): Promise<void> {
    const command = new this([...argv], config);
    // oxlint-disable-next-line no-underscore-dangle -- oclif's own name for its run with init and catch
    await command._run();
  }

  /** Calls `use` with a client, and closes it. @see useClient */
  protected async withClient<T>(
    autostart: Autostart,
    use: (client: ApiClient) => Promise<T>,
  ): Promise<T> {
    const said = new Set<string>();
    const warn = (text: string) => {
      if (!said.has(text)) this.say(`Warning: ${sanitise(text)}`);
      said.add(text);
    };
    return useClient({ home: this.home, autostart, warn }, use);
  }

  protected print(text: string): void {
    process.stdout.write(text);
  }

  /** To standard error, a line: for what is not the result. */
  protected say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Width of the terminal; undefined where the output is no terminal. */
  protected get width(): number | undefined {
    // A pseudo-terminal whose size nobody has set says 0.
    return process.stdout.isTTY ? process.stdout.columns || undefined : undefined;
  }

  protected override async catch(thrown: unknown): Promise<void> {
    // Arguments that cannot be parsed were parsed all the same: oclif warns of it where NODE_ENV is not production.
    this.parsed = true;
    const usage = usageErrorOf(thrown);
    if (usage !== undefined) {
      this.say(`Error: ${usage}\nSee: portunix ${(this.id ?? "").replaceAll(":", " ")} --help`);
      process.exitCode = 2;
      return;
    }
    const error = asPortunixError(thrown);
    this.say(describeError(error, styleFor(process.stderr, process.env)));
    process.exitCode = ERROR_CODES[error.code].exitCode;
    if (error.code === "Internal" && process.env["DEBUG"] !== undefined)
      this.say(String((error.cause as Error | undefined)?.stack ?? error.stack));
  }
}

/** The message of oclif's own error: a wrong flag or argument. */
function usageErrorOf(thrown: unknown): string | undefined {
  const isOclif = thrown instanceof Error && "oclif" in thrown && !("causes" in thrown);
  return isOclif ? thrown.message.replace(/\nSee more help with --help$/, "") : undefined;
}

/** By name, not class: a separately loaded bundle has a PortunixError of its own. */
function asPortunixError(thrown: unknown): PortunixError {
  const isOurs = thrown instanceof Error && thrown.name === "PortunixError";
  return isOurs ? (thrown as PortunixError) : PortunixError.from(thrown);
}
