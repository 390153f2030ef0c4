import type { ErrorCause } from "../base/errors.ts";
import {
  base64Bytes,
  base64Faults,
  keyFaults,
  sizeFaults,
  textBytes,
  type KeyedValues,
} from "./keyed-values.ts";
import type { InputObject, StoredObject } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

/** Plain named values, for `spec.configFrom` of Plugins. */
export interface ConfigMap extends StoredObject {
  readonly data?: KeyedValues;
  /** Values in base64. */
  readonly binaryData?: KeyedValues;
}

export const configMapDefinition: ResourceDefinition = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  categories: [],
  namespaced: true,
  nameFormat: "subdomain",
  schema: {
    type: "object",
    description: "Plain named values, for `spec.configFrom` of Plugins.",
    properties: {
      data: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Values by name.",
      },
      binaryData: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Values in base64, by name.",
      },
      immutable: { type: "boolean", description: "Kept, not acted on yet." },
    },
  },
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of the ConfigMap.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
    {
      name: "Data",
      type: "integer",
      description: "Number of values.",
      priority: 0,
      cell: (object) => {
        const { data = {}, binaryData = {} } = object as ConfigMap;
        return Object.keys(data).length + Object.keys(binaryData).length;
      },
    },
    {
      name: "Age",
      type: "date",
      description: "Time since the ConfigMap was created.",
      priority: 0,
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
  hasStatus: false,
  finalizers: [],
  selectableFields: {},
  validate,
};

function validate(object: InputObject): readonly ErrorCause[] {
  const { data = {}, binaryData = {} } = object as InputObject &
    Pick<ConfigMap, "data" | "binaryData">;
  return [
    ...keyFaults("data", data),
    ...keyFaults("binaryData", binaryData),
    ...base64Faults("binaryData", binaryData),
    ...Object.keys(binaryData)
      .filter((key) => Object.hasOwn(data, key))
      .map((key) => ({
        field: "binaryData",
        reason: "FieldValueInvalid",
        message: `Invalid value: ${JSON.stringify(key)}: duplicate of key present in data`,
      })),
    ...sizeFaults(textBytes(data) + base64Bytes(binaryData)),
  ];
}
