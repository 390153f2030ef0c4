import { Config } from "@oclif/core/config";
import { ERROR_CODES } from "../base/errors.ts";
import { nearestName } from "../base/nearest-name.ts";
import { COMMANDS, findCommand } from "./command-table.ts";
import { PACKAGE_ROOT, VERSION } from "./package-facts.ts";

/**
 * Runs the command line. The exit status is left in `process.exitCode`.
 *
 * A command is called through a bare oclif configuration, since reading the whole one takes longer
 * than `get` itself; help takes the full road.
 *
 * @param argv - Without the interpreter and the script.
 */
export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyOnClosedOutput();
  if (argv[0] === COMPLETE) return completeWords(argv.slice(1));
  if (wantsHelp(argv)) return showHelp(argv);
  if (argv[0] === "--version" || argv[0] === "-v") {
    process.stdout.write(
      `portunix/${VERSION} ${process.platform}-${process.arch} node-${process.version}\n`,
    );
    return;
  }
  const found = findCommand(argv);
  const load = found === undefined ? undefined : COMMANDS[found.id];
  if (found === undefined || load === undefined) return unknownCommand(argv);
  const command = (await load()).default;
  Object.assign(command, { id: found.id });
  await command.invoke(found.rest, bareConfig());
}

/** What the scripts of `completion` call; in no table, since it reads the table itself. */
const COMPLETE = "__complete";

async function completeWords(words: readonly string[]): Promise<void> {
  const { default: Complete } = await import("./commands/complete.ts");
  await Complete.invoke(words, bareConfig());
}

function bareConfig(): Config {
  const config = new Config({ root: PACKAGE_ROOT });
  const runHook = () => Promise.resolve({ successes: [], failures: [] });
  return Object.assign(config, { bin: "portunix", name: "portunix", version: VERSION, runHook });
}

function wantsHelp(argv: readonly string[]): boolean {
  if (argv.length === 0 || argv[0] === "help") return true;
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  return words.some((word) => word === "--help" || word === "-h");
}

async function showHelp(argv: readonly string[]): Promise<void> {
  const { Help } = await import("@oclif/core/help");
  const config = await Config.load({ root: PACKAGE_ROOT });
  const words = argv.filter((word) => word !== "help" && word !== "--help" && word !== "-h");
  const found = findCommand(words);
  if (found === undefined && words.length > 0 && !isTopic(words[0])) return unknownCommand(words);
  const subject = found === undefined ? words.slice(0, 1) : found.id.split(":");
  await new Help(config, { maxWidth: 100 }).showHelp(subject);
}

function isTopic(word: string | undefined): boolean {
  return Object.keys(COMMANDS).some((id) => id.startsWith(`${word}:`));
}

async function unknownCommand(argv: readonly string[]): Promise<void> {
  const [first = "", second] = argv;
  const isInTopic = isTopic(first);
  if (isInTopic && (second === undefined || second.startsWith("-"))) return showHelp([first]);
  const typed = isInTopic ? `${first} ${second}` : first;
  const names = Object.keys(COMMANDS).map((id) => id.replace(":", " "));
  const topLevel = new Set(names.map((name) => name.split(" ")[0] ?? name));
  const hint = nearestName(typed, isInTopic ? names : topLevel);
  const next = hint === undefined ? "see: portunix --help" : `did you mean: portunix ${hint}`;
  process.stderr.write(`Error: there is no command "${typed}"; ${next}\n`);
  process.exitCode = 2;
}

/** `portunix get plugins | head -1` is no error. Output that a full disk does not take is one. */
function endQuietlyOnClosedOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`Error: cannot write to standard output: ${error.message}\n`);
    process.exit(ERROR_CODES.StorageFailed.exitCode);
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    // The exit status still tells, and a daemon whose log is on a full disk has work to do.
  });
}
