import { PortunixError } from "../../base/errors.ts";
import { type Resource, resourceNamed } from "../../client/resources.ts";

/** What a command was told to work on. */
export interface Target {
  readonly resource: Resource;
  /** undefined = all of the kind. */
  readonly name: string | undefined;
}

/** The resources that a word for a type stands for; several for a category such as `all`. */
export type TypeFinder = (type: string) => readonly Resource[];

const fromTable: TypeFinder = (type) => [resourceNamed(type)];

/** Reads `TYPE`, `TYPE NAME...`, `TYPE/NAME...` and `TYPE,TYPE`. */
export function parseTargets(words: readonly string[], find: TypeFinder = fromTable): Target[] {
  const [first, ...rest] = words;
  if (first === undefined) throw usage("name a type, such as: plugins");
  if (words.some((word) => word.includes("/")))
    return words.flatMap((word) => parsePair(word, find));
  const resources = first.split(",").flatMap(find);
  if (rest.length === 0) return resources.map((resource) => ({ resource, name: undefined }));
  return resources.flatMap((resource) => rest.map((name) => ({ resource, name })));
}

/** As {@link parseTargets}, where a name is needed. A word alone is a plugin's name. */
export function parseNamed(
  words: readonly string[],
  find: TypeFinder = fromTable,
): { resource: Resource; name: string }[] {
  return parseTargets(words, find).map(({ resource, name }) => {
    if (name === undefined)
      throw usage(`name the ${resource.singular}, as in: ${resource.singular}/NAME`);
    return { resource, name };
  });
}

/** The words of `words` that name types. */
export function typesIn(words: readonly string[]): string[] {
  const isPairs = words.some((word) => word.includes("/"));
  if (isPairs) return words.map((word) => word.split("/")[0] ?? "");
  return (words[0] ?? "").split(",");
}

function parsePair(word: string, find: TypeFinder): Target[] {
  const [type = "", name = "", ...more] = word.split("/");
  if (type === "" || name === "" || more.length > 0) {
    throw usage(`"${word}" is not TYPE/NAME; all names must have a type when one has`);
  }
  return find(type).map((resource) => ({ resource, name }));
}

function usage(message: string): PortunixError {
  return new PortunixError("BadRequest", message);
}
