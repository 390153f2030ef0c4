import type { ErrorCause } from "../base/errors.ts";
import { childPath } from "./field-path.ts";

/** What ConfigMaps and Secrets have in common: named values, up to 1 MiB in all. */
export type KeyedValues = Readonly<Record<string, string>>;

export const KEYED_VALUES_MAX_BYTES = 1_048_576;

/** What is wrong with the names, in Kubernetes' words. Values are never quoted. */
export function keyFaults(field: string, values: KeyedValues): ErrorCause[] {
  return Object.keys(values)
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === "." || key === "..")
    .map((key) => ({
      field: childPath(field, key),
      reason: "FieldValueInvalid",
      message: `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    }));
}

export function base64Faults(field: string, values: KeyedValues): ErrorCause[] {
  return Object.entries(values)
    .filter(([, value]) => !isBase64(value))
    .map(([key]) => ({
      field: childPath(field, key),
      reason: "FieldValueInvalid",
      message:
        "Invalid value: must be base64; give plain text in stringData of a Secret, or in data of a ConfigMap",
    }));
}

export function sizeFaults(bytes: number): ErrorCause[] {
  if (bytes <= KEYED_VALUES_MAX_BYTES) return [];
  const message = `Too long: may not be more than ${KEYED_VALUES_MAX_BYTES} bytes`;
  return [{ field: "data", reason: "FieldValueTooLong", message }];
}

export function textBytes(values: KeyedValues): number {
  return Object.values(values).reduce((total, value) => total + Buffer.byteLength(value), 0);
}

export function base64Bytes(values: KeyedValues): number {
  const lengths = Object.values(values).map((value) => Buffer.byteLength(value, "base64"));
  return lengths.reduce((total, length) => total + length, 0);
}

/** Standard base64 with padding; line breaks are let through, as Go's decoder does. */
function isBase64(text: string): boolean {
  const compact = text.replaceAll(/[\r\n]/g, "");
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}
