import type { ErrorCause } from "../base/errors.ts";
import { childPath } from "./field-path.ts";
import { NAME_MAX_LENGTH } from "./meta.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

/** Kubernetes' total of all annotations of one object, keys and values. */
const ANNOTATIONS_MAX_BYTES = 262_144;
const SUBDOMAIN_MAX_LENGTH = 253;

interface MetadataFields {
  readonly name?: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/**
 * What a schema cannot say of `metadata`: the syntax of names, labels, annotations and finalizers.
 *
 * @param metadata - Structurally valid already.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function metadataFaults(definition: ResourceDefinition, metadata: object): ErrorCause[] {
  const fields = metadata as MetadataFields;
  return [
    ...nameFaults(definition, fields),
    ...namespaceFaults(definition, fields.namespace),
    ...labelFaults(fields.labels ?? {}),
    ...annotationFaults(fields.annotations ?? {}),
    ...(fields.finalizers ?? []).flatMap(finalizerFaults),
  ];
}

function nameFaults(definition: ResourceDefinition, fields: MetadataFields): ErrorCause[] {
  const field = "metadata.name";
  if (fields.generateName !== undefined && fields.generateName !== "") {
    const message = "Forbidden: generateName is not supported, give metadata.name";
    return [{ field: "metadata.generateName", reason: "FieldValueForbidden", message }];
  }
  if (fields.name === undefined || fields.name === "")
    return [{ field, reason: "FieldValueRequired", message: "Required value: name is required" }];
  return definition.nameFormat === "subdomain"
    ? invalids(field, fields.name, subdomainFaults(fields.name))
    : invalids(field, fields.name, dnsLabelFaults(fields.name));
}

function namespaceFaults(
  { namespaced }: ResourceDefinition,
  namespace: string | undefined,
): ErrorCause[] {
  const field = "metadata.namespace";
  if (namespaced)
    return namespace === undefined ? [] : invalids(field, namespace, dnsLabelFaults(namespace));
  if (namespace === undefined || namespace === "") return [];
  const message = "Forbidden: not allowed on this type";
  return [{ field, reason: "FieldValueForbidden", message }];
}

function labelFaults(labels: Readonly<Record<string, string>>): ErrorCause[] {
  const field = "metadata.labels";
  return Object.entries(labels).flatMap(([key, value]) => [
    ...invalids(field, key, qualifiedNameFaults(key)),
    ...invalids(childPath(field, key), value, labelValueFaults(value)),
  ]);
}

function annotationFaults(annotations: Readonly<Record<string, string>>): ErrorCause[] {
  const field = "metadata.annotations";
  const entries = Object.entries(annotations);
  const size = entries.reduce(
    (total, pair) => total + utf8Length(pair[0]) + utf8Length(pair[1]),
    0,
  );
  const oversize: ErrorCause = {
    field,
    reason: "FieldValueTooLong",
    message: `Too long: may not be more than ${ANNOTATIONS_MAX_BYTES} bytes`,
  };
  return [
    ...entries.flatMap(([key]) => invalids(field, key, qualifiedNameFaults(key.toLowerCase()))),
    ...(size > ANNOTATIONS_MAX_BYTES ? [oversize] : []),
  ];
}

/** Those of Kubernetes itself, which have no domain. */
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set([
  "orphan",
  "foregroundDeletion",
  "kubernetes",
  "customresourcecleanup.apiextensions.k8s.io",
]);

function finalizerFaults(finalizer: string, index: number): ErrorCause[] {
  const field = `metadata.finalizers[${index}]`;
  const faults = qualifiedNameFaults(finalizer);
  if (faults.length > 0) return invalids(field, finalizer, faults);
  if (finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer)) return [];
  const message = "name is neither a standard finalizer name nor is it fully qualified";
  return invalids(field, finalizer, [message]);
}

/** What keeps `text` from being an RFC 1123 label, in Kubernetes' words; empty when nothing does. */
export function dnsLabelFaults(text: string): string[] {
  const syntax =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  return [
    ...tooLong(text, NAME_MAX_LENGTH),
    ...(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) ? [] : [syntax]),
  ];
}

function subdomainFaults(text: string): string[] {
  const syntax =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  const isValid = text.split(".").every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
  return [...tooLong(text, SUBDOMAIN_MAX_LENGTH), ...(isValid ? [] : [syntax])];
}

function qualifiedNameFaults(key: string): string[] {
  const parts = key.split("/");
  const syntax =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  if (parts.length > 2)
    return [
      `a qualified name ${syntax} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [
    ...(prefix === undefined ? [] : prefixFaults(prefix)),
    ...(name === "" ? ["name part must be non-empty"] : []),
    ...tooLong(name, NAME_MAX_LENGTH).map((fault) => `name part ${fault}`),
    ...(/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name) ? [] : [`name part ${syntax}`]),
  ];
}

function prefixFaults(prefix: string): string[] {
  if (prefix === "") return ["prefix part must be non-empty"];
  return subdomainFaults(prefix).map((fault) => `prefix part ${fault}`);
}

function labelValueFaults(value: string): string[] {
  const syntax =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  const isValid = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value);
  return [...tooLong(value, NAME_MAX_LENGTH), ...(isValid ? [] : [syntax])];
}

function tooLong(text: string, maxLength: number): string[] {
  return text.length > maxLength ? [`must be no more than ${maxLength} characters`] : [];
}

function invalids(field: string, value: string, messages: readonly string[]): ErrorCause[] {
  return messages.map((message) => ({
    field,
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
  }));
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
