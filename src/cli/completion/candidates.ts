import { COMMANDS, findCommand } from "../command-table.ts";
import type { Candidate, NameSource } from "./name-source.ts";

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether a file's name may stand there too. */
  readonly wantsFiles: boolean;
}

interface Flag {
  readonly type: "boolean" | "option";
  readonly char?: string;
  readonly hidden?: boolean;
  readonly description?: string;
  readonly options?: readonly string[];
}

type Flags = Readonly<Record<string, Flag>>;

const NONE: Completion = { candidates: [], wantsFiles: false };
const FILES: Completion = { candidates: [], wantsFiles: true };
const FILE_FLAGS: ReadonlySet<string> = new Set(["filename", "manifests", "patch-file"]);
const PATH_COMMANDS: ReadonlySet<string> = new Set(["plugin:install", "validate"]);
const FORMATS = ["json", "yaml", "name", "wide", "jsonpath=", "custom-columns="];
/** Commands whose words are types and names. */
const TYPED: ReadonlySet<string> = new Set(
  "get describe delete label annotate edit patch scale wait rollout:history rollout:restart rollout:status rollout:undo".split(
    " ",
  ),
);
/** Commands whose words are names of plugins. */
const NAMED = /^(logs|why|plugin:(?!install$).*)$/;

/**
 * What may stand in place of the last of `words`.
 *
 * @param words - After `portunix`; the last one as far as it is typed.
 */
export async function complete(words: readonly string[], names: NameSource): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const found = findCommand(before);
  if (found === undefined) return matching(commandWords(before), current);
  const flags = await flagsOf(found.id);
  const scene: Scene = { id: found.id, flags, names, ...readWords(found.rest, flags) };
  const inline = /^--([\w-]+)=(.*)$/s.exec(current);
  if (inline !== null) {
    const [, name = "", value = ""] = inline;
    const { candidates } = await valueOf(name, value, scene);
    return matching(
      candidates.map((one) => ({ ...one, value: `--${name}=${one.value}` })),
      current,
    );
  }
  if (scene.open !== undefined) return valueOf(scene.open, current, scene);
  if (current.startsWith("-")) return matching(flagWords(flags), current);
  return positional(current, scene);
}

interface Scene {
  readonly id: string;
  readonly flags: Flags;
  readonly names: NameSource;
  readonly words: readonly string[];
  readonly namespace: string | undefined;
  /** The flag whose value comes next. */
  readonly open: string | undefined;
}

function commandWords(before: readonly string[]): Candidate[] {
  const ids = Object.keys(COMMANDS).map((id) => id.split(":"));
  const inTopic = ids.filter((id) => before.every((word, index) => id[index] === word));
  const next = new Set(inTopic.flatMap((id) => id[before.length] ?? []));
  return [...next].map((value) => ({ value }));
}

async function flagsOf(id: string): Promise<Flags> {
  const command = (await COMMANDS[id]?.())?.default as { readonly flags?: Flags } | undefined;
  return command?.flags ?? {};
}

/** The words that are no flags, and whether the last one is a flag that waits for its value. */
function readWords(rest: readonly string[], flags: Flags) {
  const words: string[] = [];
  let namespace: string | undefined;
  let open: string | undefined;
  for (const word of rest) {
    if (open !== undefined) {
      if (open === "namespace") namespace = word;
      open = undefined;
    } else if (word.startsWith("-")) {
      const [name = "", value] = word.replace(/^--?/, "").split("=");
      const full = nameOfFlag(name, flags);
      if (full === "namespace" && value !== undefined) namespace = value;
      if (value === undefined && flags[full]?.type === "option") open = full;
    } else words.push(word);
  }
  return { words, namespace, open };
}

function nameOfFlag(name: string, flags: Flags): string {
  return Object.keys(flags).find((one) => one === name || flags[one]?.char === name) ?? name;
}

function flagWords(flags: Flags): Candidate[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([name, { description }]) => ({ value: `--${name}`, about: description }));
}

async function valueOf(name: string, current: string, scene: Scene): Promise<Completion> {
  if (FILE_FLAGS.has(name)) return FILES;
  const options = scene.flags[name]?.options ?? (name === "output" ? FORMATS : undefined);
  if (options !== undefined) return matching(options.map(toCandidate), current);
  if (name === "namespace") return matching(await scene.names.names("namespaces"), current);
  return NONE;
}

async function positional(current: string, scene: Scene): Promise<Completion> {
  const { id, words, names, namespace } = scene;
  if (PATH_COMMANDS.has(id)) return FILES;
  if (id === "completion") return matching(["bash", "zsh", "fish"].map(toCandidate), current);
  if (id === "explain") return words.length > 0 ? NONE : matching(await names.types(), current);
  if (NAMED.test(id)) return matching(await names.names("plugins", namespace), current);
  if (!TYPED.has(id)) return NONE;
  const pair = /^([^/]+)\/(.*)$/s.exec(current);
  if (pair !== null) {
    const [, type = ""] = pair;
    const found = await names.names(type, namespace);
    return matching(
      found.map((one) => ({ ...one, value: `${type}/${one.value}` })),
      current,
    );
  }
  const [type] = words;
  if (type === undefined) return matching(await names.types(), current);
  if (type.includes("/") || type.includes(",")) return NONE;
  return matching(await names.names(type, namespace), current);
}

function toCandidate(value: string): Candidate {
  return { value };
}

function matching(candidates: readonly Candidate[], current: string): Completion {
  const fitting = candidates.filter(({ value }) => value.startsWith(current));
  return { candidates: fitting, wantsFiles: false };
}
