import type { ErrorCause } from "../base/errors.ts";
import {
  base64Bytes,
  base64Faults,
  keyFaults,
  sizeFaults,
  type KeyedValues,
} from "./keyed-values.ts";
import type { InputObject, StoredObject } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

/** Named values that are never shown, for `spec.configFrom` of Plugins. */
export interface Secret extends StoredObject {
  readonly type: string;
  /** Values in base64. */
  readonly data?: KeyedValues;
}

/** A Secret as a client writes it. `stringData` is folded into `data`, over what stands there. */
interface SecretInput extends InputObject {
  readonly data?: KeyedValues;
  readonly stringData?: KeyedValues;
}

export const secretDefinition: ResourceDefinition = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  shortNames: [],
  categories: [],
  namespaced: true,
  nameFormat: "subdomain",
  schema: {
    type: "object",
    description: "Named values that are not shown, for `spec.configFrom` of Plugins.",
    properties: {
      type: {
        type: "string",
        default: "Opaque",
        description: "Kept for tools; Opaque by default.",
      },
      data: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Values in base64, by name.",
      },
      stringData: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Plain values by name, written only: they are moved to data.",
      },
      immutable: { type: "boolean", description: "Kept, not acted on yet." },
    },
  },
  columns: [
    {
      name: "Name",
      type: "string",
      description: "Name of the Secret.",
      priority: 0,
      cell: ({ metadata }) => metadata.name,
    },
    {
      name: "Type",
      type: "string",
      description: "Type of the Secret.",
      priority: 0,
      cell: (object) => (object as Secret).type,
    },
    {
      name: "Data",
      type: "integer",
      description: "Number of values.",
      priority: 0,
      cell: (object) => Object.keys((object as Secret).data ?? {}).length,
    },
    {
      name: "Age",
      type: "date",
      description: "Time since the Secret was created.",
      priority: 0,
      cell: ({ metadata }) => metadata.creationTimestamp,
    },
  ],
  hasStatus: false,
  finalizers: [],
  selectableFields: { type: (object) => (object as Secret).type },
  prepare,
  validate,
};

function prepare(object: InputObject): InputObject {
  const { stringData, ...secret } = object as SecretInput;
  if (stringData === undefined) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } } as SecretInput;
}

function validate(object: InputObject): readonly ErrorCause[] {
  const { data = {} } = object as SecretInput;
  return [
    ...keyFaults("data", data),
    ...base64Faults("data", data),
    ...sizeFaults(base64Bytes(data)),
  ];
}
