import { PortunixError, type ErrorCause } from "../base/errors.ts";
import { applyDefaults } from "./defaults.ts";
import { DEFAULT_NAMESPACE, type InputObject } from "./meta.ts";
import { metadataSchema } from "./metadata-schema.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { shapeFaults } from "./shape.ts";
import { isUnknownField } from "./unknown-field.ts";
import { checkObject } from "./validate.ts";

/**
 * The one door into the store: defaults, then every check. A `status` in the input is left as it is.
 *
 * @param input - Anything a client sent.
 * @returns The defaulted object; the input is not changed.
 * @throws {PortunixError} ManifestInvalid, worded as kube-apiserver does, with every fault at once
 *   in its causes.
 */
export function admit(definition: ResourceDefinition, input: unknown): InputObject {
  const { object, faults } = review(definition, input);
  if (faults.length > 0) throw invalidObject(definition, object, faults);
  return object as InputObject;
}

/** As {@link admit}, but returns the faults. `object` is an InputObject only when there are none. */
export function review(
  definition: ResourceDefinition,
  input: unknown,
): { readonly object: unknown; readonly faults: readonly ErrorCause[] } {
  const shape = shapeFaults(input);
  if (shape.length > 0) return { object: input, faults: shape };
  const defaulted = withDefaults(definition, input);
  const structural = checkObject(definition, defaulted);
  if (!structural.every(isHarmless)) return { object: defaulted, faults: structural };
  const object = definition.prepare?.(defaulted as InputObject) ?? (defaulted as InputObject);
  return { object, faults: [...structural, ...(definition.validate?.(object) ?? [])] };
}

/** Whether the rest of the object can still be understood, so that all its faults are told at once. */
function isHarmless(fault: ErrorCause): boolean {
  return isUnknownField(fault) || /^(apiVersion$|kind$|metadata\.)/.test(fault.field);
}

/** Fills in metadata.namespace and what the kind's schema says, but nothing of status. */
export function withDefaults(definition: ResourceDefinition, input: unknown): unknown {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input;
  const { apiVersion, kind, metadata, status, ...body } = input as Record<string, unknown>;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: metadataWithDefaults(definition, metadata ?? {}),
    ...(applyDefaults(definition.schema, body) as object),
    ...(status === undefined || status === null ? {} : { status }),
  };
}

function metadataWithDefaults(definition: ResourceDefinition, input: unknown): unknown {
  const metadata = applyDefaults(metadataSchema, input);
  if (!definition.namespaced || typeof metadata !== "object" || metadata === null) return metadata;
  if (Array.isArray(metadata)) return metadata;
  const { namespace } = metadata as { namespace?: unknown };
  const isLeftOut = namespace === undefined || namespace === "";
  return isLeftOut ? { ...metadata, namespace: DEFAULT_NAMESPACE } : metadata;
}

/** The message is also kept in conditions and logs; the error's causes hold all. */
const MESSAGE_MAX_CAUSES = 50;

function invalidObject(
  { kind, group }: ResourceDefinition,
  object: unknown,
  causes: readonly ErrorCause[],
): PortunixError {
  const subject = `${group === "" ? kind : `${kind}.${group}`} ${JSON.stringify(nameOf(object))}`;
  const texts = causes.slice(0, MESSAGE_MAX_CAUSES).map(causeText);
  const left = causes.length - texts.length;
  const all = left > 0 ? [...texts, `and ${left} more`] : texts;
  const list = all.length === 1 ? all.join("") : `[${all.join(", ")}]`;
  return new PortunixError("ManifestInvalid", `${subject} is invalid: ${list}`, { causes });
}

/** `spec.replicas: Required value`; an unknown field's message names the field itself. */
export function causeText(cause: ErrorCause): string {
  return cause.field === "" || isUnknownField(cause)
    ? cause.message
    : `${cause.field}: ${cause.message}`;
}

function nameOf(object: unknown): string {
  const { metadata } = (object ?? {}) as { metadata?: { name?: unknown } | null };
  return typeof metadata?.name === "string" ? metadata.name : "";
}
