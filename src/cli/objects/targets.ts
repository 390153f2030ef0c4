import { PortunixError } from "../../base/errors.ts";
import { type Resource, resourceNamed } from "../../client/resources.ts";

/** What a command was told to work on. */
export interface Target {
  readonly resource: Resource;
  /** undefined = all of the kind. */
  readonly name: string | undefined;
}

/** Reads `TYPE`, `TYPE NAME...`, `TYPE/NAME...` and `TYPE,TYPE`. */
export function parseTargets(words: readonly string[]): Target[] {
  const [first, ...rest] = words;
  if (first === undefined) throw usage("name a type, such as: plugins");
  if (words.some((word) => word.includes("/"))) return words.map(parsePair);
  const resources = first.split(",").map(resourceNamed);
  if (rest.length === 0) return resources.map((resource) => ({ resource, name: undefined }));
  return resources.flatMap((resource) => rest.map((name) => ({ resource, name })));
}

/** As {@link parseTargets}, where a name is needed. A word alone is a plugin's name. */
export function parseNamed(words: readonly string[]): { resource: Resource; name: string }[] {
  return parseTargets(words).map(({ resource, name }) => {
    if (name === undefined)
      throw usage(`name the ${resource.singular}, as in: ${resource.singular}/NAME`);
    return { resource, name };
  });
}

function parsePair(word: string): Target {
  const [type = "", name = "", ...more] = word.split("/");
  if (type === "" || name === "" || more.length > 0) {
    throw usage(`"${word}" is not TYPE/NAME; all names must have a type when one has`);
  }
  return { resource: resourceNamed(type), name };
}

function usage(message: string): PortunixError {
  return new PortunixError("BadRequest", message);
}
