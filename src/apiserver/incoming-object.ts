import type { InputObject, ObjectMetaInput } from "../api/meta.ts";
import { apiVersionOf } from "../api/resource-definition.ts";
import { isJsonObject } from "./checked-json.ts";
import type { JsonObject } from "./checked-json.ts";
import type { ObjectRequest } from "./resource-request.ts";
import { badRequest } from "./status-error.ts";

/** An object as a client sent it, what only the server may set put aside. */
export interface IncomingObject {
  readonly object: InputObject;
  /** Preconditions of an update; left out where the client sent none. */
  readonly preconditions: { readonly resourceVersion?: string; readonly uid?: string };
  /** `metadata.managedFields` as it was sent, unchecked; undefined where it was not. */
  readonly managedFields?: unknown;
}

/**
 * Checks that `value` is an object of the kind and name that the path names, and fills in what the
 * path tells and the body does not. Everything else about it is for admission. Throws BadRequest.
 */
export function toIncomingObject(
  value: unknown,
  { definition, namespace, name }: IncomingPlace,
): IncomingObject {
  if (!isJsonObject(value)) throw badRequest("the body of the request must be a JSON object");
  const apiVersion = matching(value, "apiVersion", apiVersionOf(definition));
  const kind = matching(value, "kind", definition.kind);
  const metadata = value["metadata"] ?? {};
  if (!isJsonObject(metadata)) throw badRequest("metadata: must be an object");
  checkPlace(metadata, { namespace, name });
  const { uid, resourceVersion, managedFields } = metadata;
  return {
    managedFields,
    object: {
      ...value,
      apiVersion,
      kind,
      metadata: {
        ...clientMetadata(metadata),
        ...(name === undefined ? {} : { name }),
        ...(namespace === "" ? {} : { namespace }),
      } as ObjectMetaInput,
    },
    preconditions: {
      ...precondition("resourceVersion", resourceVersion),
      ...precondition("uid", uid),
    },
  };
}

/** Where the path puts the object. */
export interface IncomingPlace extends Pick<ObjectRequest, "definition" | "namespace"> {
  /** Undefined for a create, whose body says it. */
  readonly name: string | undefined;
}

/** Fields of metadata that clients send back as they got them, and cannot change. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "selfLink",
  "managedFields",
]);

function clientMetadata(metadata: JsonObject): JsonObject {
  // A null stands for absent, as in every Kubernetes client.
  return Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => !SERVER_FIELDS.has(name) && value !== null),
  );
}

function matching(value: JsonObject, field: "apiVersion" | "kind", expected: string): string {
  const given = value[field];
  if (given === undefined || given === "" || given === expected) return expected;
  throw badRequest(
    `the ${field} in the data (${JSON.stringify(given)}) does not match the expected ${field} (${expected})`,
  );
}

function checkPlace(
  metadata: JsonObject,
  { namespace, name }: Pick<IncomingPlace, "namespace" | "name">,
): void {
  const given = metadata["name"];
  if (name !== undefined && given !== undefined && given !== null && given !== name)
    throw badRequest(
      `the name of the object (${JSON.stringify(given)}) does not match the name on the URL (${name})`,
    );
  const place = metadata["namespace"];
  if (place !== undefined && place !== null && place !== "" && place !== namespace)
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
}

function precondition(field: string, value: unknown): object {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value !== "string") throw badRequest(`metadata.${field}: must be a string`);
  return { [field]: value };
}
