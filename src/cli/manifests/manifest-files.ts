import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { errnoOf, PortunixError } from "../../base/errors.ts";
import { MANIFEST_MAX_BYTES } from "../../api/manifest/text.ts";

/** The bytes of one manifest, and what to call it in messages. */
export interface ManifestFile {
  readonly name: string;
  /** What relative paths in it are relative to. */
  readonly directory: string;
  readonly bytes: Uint8Array;
}

export interface FileOptions {
  readonly isRecursive: boolean;
}

const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml", ".json"]);
const MAX_FILES = 100_000;

/** Reads what `-f` names: files, directories of `*.yaml`, `*.yml` and `*.json`, and `-` for standard input. */
export function readManifestFiles(
  paths: readonly string[],
  options: FileOptions,
): readonly ManifestFile[] {
  if (paths.length === 0) {
    throw new PortunixError("BadRequest", "name what to read: -f FILE, -f DIRECTORY, or -f -");
  }
  return paths.flatMap((path) => (path === "-" ? [readStandardInput()] : readPath(path, options)));
}

function readPath(path: string, options: FileOptions): ManifestFile[] {
  try {
    if (!statSync(path).isDirectory()) return [readFile(path)];
    const files = manifestsIn(path, options.isRecursive).map(readFile);
    if (files.length > 0) return files;
  } catch (thrown) {
    if (thrown instanceof PortunixError) throw thrown;
    const why =
      errnoOf(thrown) === "ENOENT" ? "there is no such file or directory" : String(thrown);
    throw new PortunixError("NotFound", `cannot read ${path}: ${why}`, { cause: thrown });
  }
  const hint = options.isRecursive ? "" : "; -R looks in its subdirectories too";
  throw new PortunixError("NotFound", `${path} holds no .yaml, .yml or .json file${hint}`);
}

function readFile(path: string): ManifestFile {
  const size = statSync(path).size;
  // Anything longer is refused by the parser; it need not be read to its end for that.
  const bytes =
    size > MANIFEST_MAX_BYTES ? new Uint8Array(MANIFEST_MAX_BYTES + 1) : readFileSync(path);
  return { name: path, directory: dirname(resolve(path)), bytes };
}

function manifestsIn(directory: string, isRecursive: boolean): string[] {
  const found: string[] = [];
  const visit = (current: string, depth: number): void => {
    const entries = readdirSync(current, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = join(current, entry.name);
      if (entry.isDirectory()) {
        if (isRecursive && depth < 64) visit(path, depth + 1);
      } else if (EXTENSIONS.has(extname(entry.name))) found.push(path);
      if (found.length > MAX_FILES) {
        throw new PortunixError(
          "RequestTooLarge",
          `${directory} holds over ${MAX_FILES} manifests; apply parts of it`,
        );
      }
    }
  };
  visit(directory, 0);
  return found;
}

function readStandardInput(): ManifestFile {
  return { name: "<stdin>", directory: process.cwd(), bytes: readFileSync(0) };
}
