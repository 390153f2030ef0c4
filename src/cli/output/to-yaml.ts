import { stringify } from "yaml";

/** YAML without anchors or folded lines. Loaded only where it is asked for. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
