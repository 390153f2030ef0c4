import { isSameJson } from "../../base/canonical-json.ts";
import type { ErrorCause } from "../../base/errors.ts";
import { memberNames, parseJsonPath } from "../json-path.ts";
import type { InputObject, StoredObject } from "../meta.ts";
import { dnsLabelFaults } from "../metadata.ts";
import { pluginDefinition } from "../plugin-definition.ts";
import { qualifiedName, type ResourceDefinition } from "../resource-definition.ts";
import { crdSchema } from "./crd-schema.ts";
import {
  CRD_FINALIZER,
  type CrdSpec,
  type CrdVersion,
  type CustomResourceDefinition,
  storageVersionOf,
} from "./custom-resource-definition.ts";
import { structuralFaults } from "./structural-schema.ts";

/** Kinds that clients define. @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
export const crdDefinition: ResourceDefinition = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  singular: "customresourcedefinition",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  namespaced: false,
  nameFormat: "subdomain",
  schema: crdSchema,
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of the definition, PLURAL.GROUP.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
    {
      name: "Created At",
      type: "string",
      description: "When the definition was created.",
      priority: 0,
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
  hasStatus: true,
  finalizers: [CRD_FINALIZER],
  selectableFields: {},
  prepare,
  validate,
  validateUpdate,
  refuseDelete: ({ metadata }) =>
    isOwn(metadata.name) ? "this kind is built into Portunix" : undefined,
};

/** The definitions of kinds that this program brings along. */
function isOwn(name: string): boolean {
  return name === qualifiedName(pluginDefinition);
}

function specOf(object: InputObject): CrdSpec {
  return object.spec as CrdSpec;
}

function prepare(object: InputObject): InputObject {
  const spec = specOf(object);
  const { kind } = spec.names;
  const names = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...spec.names };
  return { ...object, spec: { conversion: { strategy: "None" }, ...spec, names } };
}

function validate(object: InputObject): readonly ErrorCause[] {
  const spec = specOf(object);
  return [
    ...nameFaults(object.metadata.name, spec),
    ...versionFaults(spec),
    ...spec.versions.flatMap((version, index) => oneVersionFaults(version, index)),
    ...conversionFaults(spec),
  ];
}

function nameFaults(name: string, { group, names }: CrdSpec): ErrorCause[] {
  const faults: ErrorCause[] = [];
  if (name !== `${names.plural}.${group}`)
    faults.push(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'));
  if (!group.includes("."))
    faults.push(invalid("spec.group", group, "should be a domain with at least one dot"));
  if (!/^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(names.kind))
    faults.push(invalid("spec.names.kind", names.kind, "must be a CamelCase name"));
  const lower = { plural: names.plural, singular: names.singular ?? "x" };
  for (const [field, value] of Object.entries(lower))
    for (const message of dnsLabelFaults(value))
      faults.push(invalid(`spec.names.${field}`, value, message));
  return faults;
}

function versionFaults({ versions }: CrdSpec): ErrorCause[] {
  const names = versions.map(({ name }) => name);
  const faults: ErrorCause[] = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            field: `spec.versions[${index}].name`,
            reason: "FieldValueDuplicate",
            message: `Duplicate value: ${JSON.stringify(name)}`,
          },
        ],
  );
  if (versions.filter(({ storage }) => storage).length !== 1)
    faults.push(
      invalid("spec.versions", names, "must have exactly one version marked as storage version"),
    );
  return faults;
}

const COLUMN_TYPES = ["integer", "number", "string", "boolean", "date"];

function oneVersionFaults(version: CrdVersion, index: number): ErrorCause[] {
  const path = `spec.versions[${index}]`;
  const schema = version.schema?.openAPIV3Schema;
  const columns = version.additionalPrinterColumns ?? [];
  return [
    ...dnsLabelFaults(version.name).map((fault) => invalid(`${path}.name`, version.name, fault)),
    ...(schema === undefined
      ? [{ field: `${path}.schema.openAPIV3Schema`, ...SCHEMA_REQUIRED }]
      : rootFaults(schema, `${path}.schema.openAPIV3Schema`)),
    ...columns.flatMap(({ type, jsonPath }, at) => [
      ...(COLUMN_TYPES.includes(type)
        ? []
        : [
            invalid(
              `${path}.additionalPrinterColumns[${at}].type`,
              type,
              `must be one of ${COLUMN_TYPES.join(",")}`,
            ),
          ]),
      ...pathFaults(`${path}.additionalPrinterColumns[${at}].jsonPath`, jsonPath),
    ]),
    ...(version.selectableFields ?? []).flatMap(({ jsonPath }, at) =>
      pathFaults(`${path}.selectableFields[${at}].jsonPath`, jsonPath),
    ),
    ...scaleFaults(version, path),
  ];
}

const SCHEMA_REQUIRED = {
  reason: "FieldValueRequired",
  message: "Required value: schemas are required",
};

function rootFaults(schema: unknown, path: string): readonly ErrorCause[] {
  const { type } = schema as { type?: unknown };
  return type === "object"
    ? structuralFaults(schema, path)
    : [invalid(`${path}.type`, type ?? "", "must be object at the root")];
}

function pathFaults(field: string, jsonPath: string): ErrorCause[] {
  return parseJsonPath(jsonPath) === undefined
    ? [invalid(field, jsonPath, "must be a simple json path in terms of the resource")]
    : [];
}

function scaleFaults({ subresources }: CrdVersion, path: string): ErrorCause[] {
  const { specReplicasPath = ".spec.x", statusReplicasPath = ".status.x" } =
    subresources?.scale ?? {};
  const wanted = { specReplicasPath, statusReplicasPath };
  const roots: Readonly<Record<string, string>> = {
    specReplicasPath: "spec",
    statusReplicasPath: "status",
  };
  return Object.entries(wanted)
    .filter(([field, value]) => memberNames(value)?.[0] !== roots[field])
    .map(([field, value]) =>
      invalid(
        `${path}.subresources.scale.${field}`,
        value,
        `should be a json path under .${roots[field] ?? ""}`,
      ),
    );
}

function conversionFaults({ conversion }: CrdSpec): ErrorCause[] {
  const strategy = conversion?.strategy ?? "None";
  if (strategy === "None") return [];
  const message = `Unsupported value: ${JSON.stringify(strategy)}: supported values: "None"`;
  return [{ field: "spec.conversion.strategy", reason: "FieldValueNotSupported", message }];
}

function validateUpdate(object: InputObject, live: StoredObject): readonly ErrorCause[] {
  const [next, previous] = [specOf(object), (live as CustomResourceDefinition).spec];
  if (isOwn(live.metadata.name)) return isSameJson(next, previous) ? [] : [OWN_SPEC];
  const fields = [
    ["spec.group", next.group, previous.group],
    ["spec.scope", next.scope, previous.scope],
    ["spec.names.plural", next.names.plural, previous.names.plural],
    ["spec.names.kind", next.names.kind, previous.names.kind],
    // Stored objects are not converted.
    ["spec.versions", storageVersionOf(next)?.name, storageVersionOf(previous)?.name],
  ] as const;
  return fields
    .filter(([, now, before]) => now !== before)
    .map(([field, now]) => invalid(field, now ?? "", "field is immutable"));
}

const OWN_SPEC: ErrorCause = {
  field: "spec",
  reason: "FieldValueForbidden",
  message: "Forbidden: this kind is built into Portunix, its definition cannot be changed",
};

function invalid(field: string, value: unknown, message: string): ErrorCause {
  const text = `Invalid value: ${JSON.stringify(value)}: ${message}`;
  return { field, reason: "FieldValueInvalid", message: text };
}
