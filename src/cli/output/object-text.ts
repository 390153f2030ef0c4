/** An object or a list in full. */
export async function textOf(value: unknown, output: string): Promise<string> {
  if (output !== "yaml") return `${JSON.stringify(value, undefined, 2)}\n`;
  const { toYaml } = await import("./to-yaml.ts");
  return toYaml(value);
}
