import type { PackageRuntime } from "../../api/package-manifest.ts";
import { assertNever } from "../../base/assert-never.ts";

/** What the templates `{port} {healthPort} {socket} {config} {dataDir}` stand for. */
export interface TemplateValues {
  readonly port: number | undefined;
  readonly healthPort: number | undefined;
  readonly socket: string | undefined;
  readonly config: string | undefined;
  readonly dataDir: string;
}

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The argv of a plugin. Without `args` in its manifest, a plugin that listens on TCP gets
 * `--port N`, as the public Portunix core launches it; one on a unix socket gets none.
 *
 * @param main - Absolute path of the program, script or jar.
 * @param nodePath - The Node that runs JavaScript plugins.
 */
export function toCommandLine(
  runtime: PackageRuntime,
  values: TemplateValues,
  paths: { readonly main: string; readonly nodePath: string },
): CommandLine {
  const own =
    runtime.args?.map((arg) => fillTemplate(arg, values)) ??
    (values.port === undefined ? [] : ["--port", String(values.port)]);
  const [file, ...before] = interpreter(runtime, paths);
  return { file, args: [...before, ...own] };
}

/** The program that runs `main`, and the arguments before the plugin's own. */
export function interpreter(
  runtime: PackageRuntime,
  { main, nodePath }: { readonly main: string; readonly nodePath: string },
): [string, ...string[]] {
  switch (runtime.language) {
    case "native":
    case "go":
    case "rust":
      return [main];
    case "node":
    case "javascript":
    case "typescript":
      return [nodePath, main];
    case "python":
      return ["python3", main];
    case "java":
      return ["java", "-jar", main];
    default:
      return assertNever(runtime.language);
  }
}

/** A value that there is none of becomes the empty string; other braces stay as they are. */
export function fillTemplate(text: string, values: TemplateValues): string {
  return text.replace(/\{(port|healthPort|socket|config|dataDir)\}/g, (_, name: string) =>
    String(values[name as keyof TemplateValues] ?? ""),
  );
}

/** True when `args` or `env` of the manifest use `{name}`. */
export function usesTemplate(runtime: PackageRuntime, name: keyof TemplateValues): boolean {
  return [...(runtime.args ?? []), ...Object.values(runtime.env ?? {})].some((text) =>
    text.includes(`{${name}}`),
  );
}
