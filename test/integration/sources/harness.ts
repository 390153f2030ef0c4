import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { allDefinitions } from "../../../src/api/definitions.ts";
import type { SourceSnapshot } from "../../../src/api/source-snapshot.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import {
  DirectorySource,
  type DirectorySourceOptions,
} from "../../../src/sources/directory-source.ts";
import { createParser } from "../../../src/sources/parse-file.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

export interface Watched {
  readonly directory: string;
  readonly snapshots: SourceSnapshot[];
  /** Files parsed so far; one name for each time. */
  readonly parsed: string[];
  /** The names in the newest snapshot, sorted. */
  names(): string[];
  last(): SourceSnapshot | undefined;
}

/** A directory source that is watching when this returns. */
export async function watchDirectory(
  options: Partial<DirectorySourceOptions> = {},
): Promise<Watched> {
  const directory = options.directory ?? join(tempDir(), "m");
  if (options.directory === undefined) mkdirSync(directory);
  const snapshots: SourceSnapshot[] = [];
  const parsed: string[] = [];
  const parse = createParser(allDefinitions);
  const source = new DirectorySource({
    clock: systemClock,
    logger: silentLogger,
    parse: (text, file) => {
      parsed.push(file);
      return parse(text, file);
    },
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    ...options,
    directory,
  });
  onTestFinished(() => source.close());
  await source.start();
  const last = () => snapshots.at(-1);
  const names = () => (last()?.documents ?? []).map(({ ref }) => ref.name).toSorted();
  return { directory, snapshots, parsed, names, last };
}

export function manifest(name: string, spec: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: { name },
    spec: { source: { path: `./plugins/${name}` }, ...spec },
  })}\n`;
}

export function put(directory: string, name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** As editors and careful programs write: beside, then over it. */
export function replaceFile(directory: string, name: string, text: string): void {
  const file = join(directory, name);
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

/** As Kubernetes mounts a ConfigMap: `..data` is a link that is swapped, files are links through it. */
export function swapData(directory: string, version: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) put(join(directory, version), name, text);
  symlinkSync(version, join(directory, "..data_tmp"));
  renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
}
