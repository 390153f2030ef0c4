import type { Config } from "@oclif/core/config";

export interface CommandModule {
  readonly default: { invoke(argv: readonly string[], config: Config): Promise<void> };
}

/** Every command by its id, with its module loaded only when it is called for. */
export const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  apply: () => import("./commands/apply.ts"),
  get: () => import("./commands/get.ts"),
};

export interface FoundCommand {
  readonly id: string;
  readonly rest: readonly string[];
}

/** The command that the leading words name, the longest that fits; undefined for none. */
export function findCommand(argv: readonly string[]): FoundCommand | undefined {
  const [first, second] = argv;
  if (first === undefined) return undefined;
  if (second !== undefined && Object.hasOwn(COMMANDS, `${first}:${second}`)) {
    return { id: `${first}:${second}`, rest: argv.slice(2) };
  }
  return Object.hasOwn(COMMANDS, first) ? { id: first, rest: argv.slice(1) } : undefined;
}
