import { PortunixError } from "../../base/errors.ts";
import { PLUGINS } from "../../client/resources.ts";
import { parseNamed } from "./targets.ts";

/** One plugin's name, as `NAME`, `plugin/NAME` or `plugin NAME`. */
export function parsePluginName(argv: readonly unknown[]): string {
  const words = argv.map(String);
  const [first, second] = words;
  if (first !== undefined && second === undefined && !first.includes("/")) return first;
  const [named, ...others] = first === undefined ? [] : parseNamed(words);
  if (named?.resource !== PLUGINS || others.length > 0) {
    throw new PortunixError("BadRequest", "name one plugin, as in: system-monitor");
  }
  return named.name;
}
