import { PortunixError } from "../base/errors.ts";
import { isJsonObject } from "./checked-json.ts";
import type { JsonObject } from "./checked-json.ts";
import { isDryRun, unsupportedValue } from "./query.ts";
import { readOptionalObject } from "./read-object.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { badRequest } from "./status-error.ts";

/** What a client may ask of a delete, in the form that the store takes. */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

const PROPAGATION_POLICIES = ["Background", "Foreground", "Orphan"];

/**
 * Reads DeleteOptions from the body and the query. Every propagation policy is taken and means the
 * same: what an object owns here goes before the object does, held by its finalizers.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/
 */
export async function readDeleteOptions({
  request,
  query,
}: Pick<ResourceRequest, "request" | "query">): Promise<DeleteOptions> {
  const body = (await readOptionalObject(request)) ?? {};
  if (!isJsonObject(body)) throw badRequest("the body of a delete must be DeleteOptions");
  checkKind(body);
  checkPolicy(body["propagationPolicy"] ?? query.get("propagationPolicy"));
  return { dryRun: isDryRun(query, body["dryRun"]), ...preconditionsOf(body["preconditions"]) };
}

function checkKind({ kind }: JsonObject): void {
  if (kind !== undefined && kind !== "DeleteOptions")
    throw badRequest(
      `the body of a delete must be DeleteOptions, not ${JSON.stringify(kind)}; nothing was deleted`,
    );
}

function checkPolicy(policy: unknown): void {
  if (policy === undefined || policy === null || policy === "") return;
  if (typeof policy !== "string" || !PROPAGATION_POLICIES.includes(policy))
    throw unsupportedValue("propagationPolicy", policy, PROPAGATION_POLICIES);
}

function preconditionsOf(value: unknown): Pick<DeleteOptions, "uid" | "resourceVersion"> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw badRequest("preconditions: must be an object");
  const { uid, resourceVersion } = value;
  return { ...textOf("uid", uid), ...textOf("resourceVersion", resourceVersion) };
}

function textOf(field: string, value: unknown): object {
  if (value === undefined || value === null) return {};
  if (typeof value === "string") return { [field]: value };
  const message = "must be a string";
  throw new PortunixError("ManifestInvalid", `preconditions.${field}: ${message}`, {
    causes: [{ field: `preconditions.${field}`, reason: "FieldValueTypeInvalid", message }],
  });
}
