import type { ErrorCause } from "../base/errors.ts";
import { isAbsolutePath } from "./absolute-path.ts";
import { applyDefaults } from "./defaults.ts";
import { childPath, parseFieldPath } from "./field-path.ts";
import type { ManifestProblem } from "./manifest/problem.ts";
import { readDocuments, type ReadDocument } from "./manifest/read-documents.ts";
import { normaliseDependencies } from "./package-dependencies.ts";
import { packageManifestSchema } from "./package-manifest-schema.ts";
import type { ConfigurationSetting, PackageManifest } from "./package-manifest.ts";
import { shown, typeName } from "./schema-faults.ts";
import { isUnknownField } from "./unknown-field.ts";
import { checkValue } from "./validate.ts";

export type ParsedPackageManifest =
  | { readonly manifest: PackageManifest }
  | { readonly problems: readonly ManifestProblem[] };

/**
 * Reads `plugin.yaml`: defaulted and checked, or every problem at its place.
 *
 * @param file - Its name, for problems.
 */
export function parsePackageManifest(
  text: string | Uint8Array,
  file: string,
): ParsedPackageManifest {
  const documents = readDocuments(text).filter(
    ({ value, faults }) => value !== undefined || faults.length > 0,
  );
  const [document, second] = documents;
  if (document === undefined)
    return {
      problems: [wholeFile(file, "is empty: a package needs a name, a version and a runtime")],
    };
  if (second !== undefined)
    return {
      problems: [wholeFile(file, "holds more than one document: a package has one manifest")],
    };
  if (document.faults.length > 0)
    return { problems: document.faults.map((fault) => ({ file, ...fault })) };
  const manifest = applyDefaults(packageManifestSchema, normaliseDependencies(document.value));
  const faults = faultsOf(manifest);
  if (faults.length === 0) return { manifest: manifest as PackageManifest };
  return { problems: faults.map((fault) => toProblem(document, fault, file)) };
}

function faultsOf(manifest: unknown): readonly ErrorCause[] {
  const structural = checkValue(packageManifestSchema, manifest);
  if (!structural.every(isUnknownField)) return structural;
  const { runtime, configuration } = manifest as PackageManifest;
  return [
    ...structural,
    ...mainFaults(runtime.main),
    ...settingFaults("configuration.required", configuration?.required),
    ...settingFaults("configuration.optional", configuration?.optional),
    ...twiceDeclared(configuration),
  ];
}

/** The program lies in the package: its path is relative, and does not lead out by `..`. */
function mainFaults(main: string): ErrorCause[] {
  if (!isAbsolutePath(main) && !leadsOut(main)) return [];
  const message = `Invalid value: ${shown(main)}: must be a path inside of the package, relative to it`;
  return [{ field: "runtime.main", reason: "FieldValueInvalid", message }];
}

function leadsOut(path: string): boolean {
  let depth = 0;
  for (const part of path.split(/[\\/]/)) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

type Settings = Readonly<Record<string, ConfigurationSetting>> | undefined;

/** A setting's own default and enum are of its type. */
function settingFaults(field: string, settings: Settings): ErrorCause[] {
  return Object.entries(settings ?? {}).flatMap(([name, setting]) => {
    const values = [
      ...(setting.default === undefined ? [] : [{ at: "default", value: setting.default }]),
      ...(setting.enum ?? []).map((value, index) => ({ at: `enum[${index}]`, value })),
    ];
    return values
      .filter(({ value }) => !isOfType(value, setting.type))
      .map(({ at, value }) => ({
        field: `${childPath(field, name)}.${at}`,
        reason: "FieldValueTypeInvalid",
        message: `Invalid value: "${typeName(value)}": must be of type ${setting.type}`,
      }));
  });
}

function isOfType(value: unknown, type: ConfigurationSetting["type"]): boolean {
  const name = typeName(value);
  return name === type || (type === "number" && name === "integer");
}

function twiceDeclared(configuration: PackageManifest["configuration"]): ErrorCause[] {
  const required = configuration?.required ?? {};
  return Object.keys(configuration?.optional ?? {})
    .filter((name) => Object.hasOwn(required, name))
    .map((name) => ({
      field: childPath("configuration.optional", name),
      reason: "FieldValueDuplicate",
      message: `Duplicate value: ${JSON.stringify(name)}: is among the required ones too`,
    }));
}

function toProblem(document: ReadDocument, fault: ErrorCause, file: string): ManifestProblem {
  const path = parseFieldPath(fault.field);
  const position = document.locate(path, isUnknownField(fault) ? "key" : "value");
  return { file, ...position, path: fault.field, message: fault.message };
}

function wholeFile(file: string, message: string): ManifestProblem {
  return { file, line: 1, column: 1, path: "", message };
}
