import { parse, stringify } from "yaml";
import { PortunixError } from "../../base/errors.ts";

/** YAML without anchors or folded lines. Loaded only where it is asked for. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One document, YAML or JSON, read as kubectl reads it. Throws ManifestInvalid. */
export function parseYaml(text: string): unknown {
  try {
    return parse(text, { version: "1.1", maxAliasCount: 100 }) as unknown;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PortunixError("ManifestInvalid", `it is neither YAML nor JSON: ${why}`, {
      cause: thrown,
    });
  }
}
