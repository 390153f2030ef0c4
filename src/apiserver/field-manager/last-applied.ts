import { LAST_APPLIED_ANNOTATION } from "../../api/meta.ts";
import { apiVersionOf, type ResourceDefinition } from "../../api/resource-definition.ts";
import { shapeFaults } from "../../api/shape.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { isJsonObject, type JsonObject } from "../checked-json.ts";
import { compare } from "../managed-fields/compare.ts";
import { difference, type FieldSet, NO_FIELDS } from "../managed-fields/field-set.ts";
import { toFieldSet } from "../managed-fields/to-field-set.ts";
import { typeOfKind } from "./kind-type.ts";
import { storedView } from "./owned-view.ts";

/** kubectl's own name as an applier; only it takes over from client-side apply. */
export const KUBECTL = "kubectl";

/**
 * The fields that `kubectl apply` set on the client's side and that still are as it set them: by
 * the annotation that it left. kubectl may take them without a conflict.
 */
export function lastAppliedFields(definition: ResourceDefinition, live: JsonObject): FieldSet {
  const applied = parse(annotationsOf(live)[LAST_APPLIED_ANNOTATION]);
  if (applied?.["apiVersion"] !== apiVersionOf(definition)) return NO_FIELDS;
  const type = typeOfKind(definition);
  const view = storedView(applied);
  const { added, removed, modified } = compare(type, view, live);
  return [modified, added, removed].reduce(difference, toFieldSet(type, view));
}

/** Kubernetes' limit for all annotations of one object. */
const ANNOTATIONS_MAX_BYTES = 262_144;

/** `view` with the annotation of client-side apply brought up to date, where it has one. */
export function withLastApplied(view: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(view);
  const { [LAST_APPLIED_ANNOTATION]: present, ...others } = annotations;
  if (typeof present !== "string" || present === "" || !isJsonObject(view["metadata"])) return view;
  const renewed = {
    ...others,
    [LAST_APPLIED_ANNOTATION]: `${canonicalJson(withoutOwn(applied))}\n`,
  };
  const size = Object.entries(renewed).reduce(
    (total, pair) => total + Buffer.byteLength(pair.join("")),
    0,
  );
  const kept = size > ANNOTATIONS_MAX_BYTES ? others : renewed;
  return { ...view, metadata: { ...view["metadata"], annotations: kept } };
}

function withoutOwn(applied: JsonObject): JsonObject {
  const { metadata } = applied;
  if (!isJsonObject(metadata) || !isJsonObject(metadata["annotations"])) return applied;
  const { [LAST_APPLIED_ANNOTATION]: _, ...annotations } = metadata["annotations"];
  return { ...applied, metadata: { ...metadata, annotations } };
}

function annotationsOf({ metadata }: JsonObject): JsonObject {
  const annotations = isJsonObject(metadata) ? metadata["annotations"] : undefined;
  return isJsonObject(annotations) ? annotations : {};
}

function parse(text: unknown): JsonObject | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isJsonObject(value) && shapeFaults(value).length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
}
