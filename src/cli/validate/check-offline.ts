import { readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { allDefinitions } from "../../api/definitions.ts";
import { checkManifests } from "../../api/manifest/check.ts";
import type { ManifestDocument } from "../../api/manifest/manifest-document.ts";
import { parseManifests } from "../../api/manifest/parse.ts";
import { formatProblem, type ManifestProblem } from "../../api/manifest/problem.ts";
import { withAbsoluteSource } from "../../api/manifest/source-path.ts";
import { resolveConfig } from "../../api/package-config.ts";
import { PACKAGE_MANIFEST_FILE, type PackageManifest } from "../../api/package-manifest.ts";
import { parsePackageManifest } from "../../api/package-manifest-parse.ts";
import { errnoOf } from "../../base/errors.ts";
import type { ManifestFile } from "../manifests/manifest-files.ts";

export interface OfflineCheck {
  /** One a line, in the order of the files. */
  readonly problems: readonly string[];
  /** What could not be checked here, and why. */
  readonly notes: readonly string[];
  readonly objects: number;
}

/**
 * Checks manifests, the packages that they name, and their configuration, with no daemon. A file
 * named plugin.yaml that is itself a package manifest is checked as one.
 */
export function checkOffline(files: readonly ManifestFile[]): OfflineCheck {
  const packages = files.filter(isPackageManifest);
  const manifests = files.filter((file) => !packages.includes(file));
  const parsed = manifests.map((file) => parseManifests(file.bytes, file.name));
  const documents = parsed.flatMap((file) => file.documents);
  const sources = documents.map((document) => checkSource(document));
  const problems = [
    ...packages.flatMap((file) => packageProblems(file.bytes, file.name).problems),
    ...parsed.flatMap((file) => file.problems),
    ...checkManifests(parsed, allDefinitions),
    ...sources.flatMap((source) => source.problems ?? []),
  ];
  return {
    problems: [...new Set(problems.map(formatProblem))],
    notes: sources.flatMap(({ note }) => note ?? []),
    objects: documents.length + packages.length,
  };
}

/** What is wrong with the documents by themselves, packages left aside. */
export function documentProblems(files: readonly ManifestFile[]): readonly ManifestProblem[] {
  const parsed = files.map((file) => parseManifests(file.bytes, file.name));
  return [...parsed.flatMap((file) => file.problems), ...checkManifests(parsed, allDefinitions)];
}

interface SourceCheck {
  readonly problems?: readonly ManifestProblem[];
  readonly note?: string;
}

function isPackageManifest({ name, bytes }: ManifestFile): boolean {
  const isNamedSo = name.endsWith(`/${PACKAGE_MANIFEST_FILE}`) || name === PACKAGE_MANIFEST_FILE;
  return isNamedSo && !/^apiVersion\s*:/m.test(Buffer.from(bytes).toString("utf8"));
}

function checkSource(document: ManifestDocument): SourceCheck {
  const path = sourcePathOf(document);
  if (path === undefined) return {};
  if (extname(path) === ".tgz" || path.endsWith(".tar.gz")) {
    return { note: `${document.file}:${document.line}: ${path} is an archive: not looked into` };
  }
  const file = join(path, PACKAGE_MANIFEST_FILE);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    const why = errnoOf(thrown) === "ENOENT" ? `there is no ${file}` : String(thrown);
    return {
      problems: [at(document, "spec.source.path", `${why}; a package is a directory with it`)],
    };
  }
  const { manifest, problems } = packageProblems(bytes, file);
  return { problems: manifest === undefined ? problems : configProblems(document, manifest) };
}

/** Absolute; undefined for other kinds, and where the schema has its say. */
function sourcePathOf(document: ManifestDocument): string | undefined {
  const directory = dirname(resolve(document.file));
  const object = withAbsoluteSource(document.object, (path) => resolve(directory, path));
  if (object === document.object) return undefined;
  return (object.spec as { readonly source: { readonly path: string } }).source.path;
}

function packageProblems(
  bytes: Uint8Array,
  file: string,
): { manifest?: PackageManifest; problems: readonly ManifestProblem[] } {
  const parsed = parsePackageManifest(bytes, file);
  return "manifest" in parsed ? { manifest: parsed.manifest, problems: [] } : parsed;
}

/** Values from Secrets and ConfigMaps are not here: then only what is written can be checked. */
function configProblems(document: ManifestDocument, manifest: PackageManifest): ManifestProblem[] {
  const spec = document.object.spec as { config?: unknown; configFrom?: readonly unknown[] };
  const config = spec.config ?? {};
  if (typeof config !== "object" || Array.isArray(config)) return [];
  const { faults } = resolveConfig(manifest, config as Record<string, unknown>);
  const hasMore = (spec.configFrom ?? []).length > 0;
  return faults
    .filter(({ reason }) => !(hasMore && reason === "FieldValueRequired"))
    .map(({ field, message }) => at(document, field, message));
}

function at(document: ManifestDocument, path: string, message: string): ManifestProblem {
  return { file: document.file, ...document.locate(path), path, message };
}
