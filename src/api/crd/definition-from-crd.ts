import { memberNames, parseJsonPath, scalarText } from "../json-path.ts";
import type { StoredObject } from "../meta.ts";
import type { PrinterColumn, ResourceDefinition } from "../resource-definition.ts";
import type { CrdColumn, CrdSpec, CrdVersion } from "./custom-resource-definition.ts";
import { storageVersionOf } from "./custom-resource-definition.ts";
import { toJsonSchema } from "./structural-schema.ts";

/**
 * The kind that a CustomResourceDefinition defines, in its storage version: objects are not
 * converted, so no other version is served. @returns undefined when that version is not served.
 */
export function definitionFromCrd(spec: CrdSpec): ResourceDefinition | undefined {
  const version = storageVersionOf(spec);
  if (version === undefined || !version.served) return undefined;
  const { plural, kind, singular, shortNames = [], categories = [] } = spec.names;
  const { scale, status } = version.subresources ?? {};
  return {
    group: spec.group,
    version: version.name,
    kind,
    plural,
    singular: singular ?? kind.toLowerCase(),
    shortNames,
    categories,
    namespaced: spec.scope === "Namespaced",
    nameFormat: "subdomain",
    schema: bodySchema(version),
    columns: columnsOf(version),
    hasStatus: status !== undefined,
    finalizers: [],
    selectableFields: selectableFieldsOf(version),
    isCustomResource: true,
    ...(scale === undefined ? {} : { scale }),
  };
}

/** Ours is the schema of all but apiVersion, kind and metadata. */
function bodySchema({ schema }: CrdVersion): ResourceDefinition["schema"] {
  const whole = toJsonSchema(schema?.openAPIV3Schema ?? {});
  const { apiVersion: _, kind: _kind, metadata: _metadata, ...properties } = whole.properties ?? {};
  const required = whole.required?.filter((name) => Object.hasOwn(properties, name)) ?? [];
  const { properties: _all, required: _required, ...rest } = whole;
  return { ...rest, properties, ...(required.length === 0 ? {} : { required }) };
}

function columnsOf({ additionalPrinterColumns = [] }: CrdVersion): readonly PrinterColumn[] {
  if (additionalPrinterColumns.length === 0) return [nameColumn, ageColumn];
  return [nameColumn, ...additionalPrinterColumns.map(toColumn)];
}

const nameColumn: PrinterColumn = {
  name: "Name",
  type: "string",
  description: "Name of the object.",
  priority: 0,
  cell: ({ metadata }) => metadata.name,
};

const ageColumn: PrinterColumn = {
  name: "Age",
  type: "date",
  description: "Time since the object was created.",
  priority: 0,
  jsonPath: ".metadata.creationTimestamp",
  cell: ({ metadata }) => metadata.creationTimestamp,
};

function toColumn({
  name,
  type,
  description = "",
  priority = 0,
  jsonPath,
}: CrdColumn): PrinterColumn {
  const path = parseJsonPath(jsonPath);
  return {
    name,
    type: isColumnType(type) ? type : "string",
    description,
    priority: priority > 0 ? 1 : 0,
    jsonPath,
    cell: (object) => toCell(type, path?.(object) ?? []),
  };
}

const COLUMN_TYPES: readonly string[] = ["string", "integer", "number", "boolean", "date"];

function isColumnType(type: string): type is PrinterColumn["type"] {
  return COLUMN_TYPES.includes(type);
}

/** As kube-apiserver: text shows all that was found, a number or a date the first. */
function toCell(type: string, found: readonly unknown[]): ReturnType<PrinterColumn["cell"]> {
  const [first] = found;
  if (first === undefined || first === null) return undefined;
  if (type === "integer" || type === "number") return typeof first === "number" ? first : undefined;
  const texts = found.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  return type === "string" ? texts.join(" ") : texts[0];
}

function selectableFieldsOf({
  selectableFields = [],
}: CrdVersion): ResourceDefinition["selectableFields"] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      const read = (object: StoredObject): string => {
        const [value] = path?.(object) ?? [];
        return scalarText(value) ?? "";
      };
      return [memberNames(jsonPath)?.join(".") ?? jsonPath.replace(/^\./, ""), read];
    }),
  );
}
