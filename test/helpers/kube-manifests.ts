/** A Plugin of the package at ROOT/healthy, as YAML; the lines of `spec` and `metadata` are flow or block YAML. */
export function pluginYaml(
  name: string,
  { metadata = "", spec = "" }: { readonly metadata?: string; readonly spec?: string } = {},
): string {
  return [
    "apiVersion: portunix.ai/v1alpha1",
    "kind: Plugin",
    "metadata:",
    `  name: ${name}`,
    ...(metadata === "" ? [] : [`  ${metadata}`]),
    "spec:",
    "  source: {path: ROOT/healthy}",
    ...(spec === "" ? [] : [`  ${spec}`]),
    "",
  ].join("\n");
}

export function configMapYaml(name: string, data = "{key: value}", metadata = ""): string {
  return [
    "apiVersion: v1",
    "kind: ConfigMap",
    "metadata:",
    `  name: ${name}`,
    ...(metadata === "" ? [] : [`  ${metadata}`]),
    `data: ${data}`,
    "",
  ].join("\n");
}
