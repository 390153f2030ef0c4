import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { ALL_VERBS, apiVersionOf } from "../../api/resource-definition.ts";
import { pathRulesOf, type Resource, resourceRulesOf, roleOf } from "../../policy/authorize.ts";
import type { ApiContext } from "../api-context.ts";
import { isJsonObject } from "../checked-json.ts";
import type { JsonObject } from "../checked-json.ts";
import { subresourcesOf } from "../discovery.ts";
import type { Exchange } from "../exchange.ts";
import { readObject } from "../read-object.ts";
import { sendJson } from "../send.ts";
import { badRequest, methodNotAllowed } from "../status-error.ts";
import type { User } from "./ports.ts";
import { reviewDefinitions } from "./review-definitions.ts";

/** POST of a review: the same with its status filled in; nothing is stored. */
export async function answerReview(
  { request, response, user }: Exchange,
  context: ApiContext,
  definition: ResourceDefinition,
): Promise<void> {
  if (request.method !== "POST") throw methodNotAllowed();
  const body = await readObject(request);
  if (!isJsonObject(body)) throw badRequest("the body of the request must be a JSON object");
  const { kind } = definition;
  const apiVersion = apiVersionOf(definition);
  if (body["kind"] !== kind || body["apiVersion"] !== apiVersion)
    throw badRequest(`the body of the request must be a ${kind} of ${apiVersion}`);
  const spec = objectIn(body, "spec");
  const status = statusOf(kind, { spec, user }, context);
  sendJson(response, 201, { kind, apiVersion, metadata: NO_METADATA, spec, status });
}

/** As Kubernetes has it for what is not stored. */
const NO_METADATA = { creationTimestamp: null };

interface Asked {
  readonly spec: JsonObject;
  readonly user: User;
}

function statusOf(kind: string, { spec, user }: Asked, context: ApiContext): object {
  switch (kind) {
    case "SelfSubjectReview":
      return { userInfo: userInfoOf(user) };
    case "SelfSubjectRulesReview":
      return rulesStatus(user, context);
    case "SubjectAccessReview":
      return accessStatus({ spec, user: subjectOf(spec) }, context);
    default:
      return accessStatus({ spec, user }, context);
  }
}

function userInfoOf({ name, uid, groups }: User): object {
  return { username: name, ...(uid === "" ? {} : { uid }), groups };
}

function subjectOf(spec: JsonObject): User {
  const groups = spec["groups"] ?? [];
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === "string"))
    throw badRequest("spec.groups: must be a list of strings");
  const name = textIn(spec, "user");
  if (name === "" && groups.length === 0)
    throw badRequest("spec: at least one of user and groups must be given");
  return { name, uid: textIn(spec, "uid"), groups };
}

function accessStatus({ spec, user }: Asked, { authorizer }: ApiContext): object {
  const isResource = isJsonObject(spec["resourceAttributes"]);
  if (isResource === isJsonObject(spec["nonResourceAttributes"]))
    throw badRequest(
      "spec: exactly one of nonResourceAttributes or resourceAttributes must be given",
    );
  const asked = objectIn(spec, isResource ? "resourceAttributes" : "nonResourceAttributes");
  const verb = textIn(asked, "verb").toLowerCase();
  const allowed = isResource
    ? authorizer.allows(user, {
        verb,
        group: textIn(asked, "group"),
        resource: textIn(asked, "resource"),
        subresource: textIn(asked, "subresource"),
      })
    : authorizer.allowsPath(user, { verb, path: textIn(asked, "path") });
  const role = roleOf(user.groups);
  const reason = role === undefined ? "the user has no role" : `the user has the role ${role}`;
  return { allowed, reason };
}

function rulesStatus({ groups }: User, context: ApiContext): object {
  const role = roleOf(groups);
  return {
    resourceRules: role === undefined ? [] : resourceRulesOf(role, resourcesOf(context)),
    nonResourceRules: role === undefined ? [] : pathRulesOf(role),
    incomplete: false,
  };
}

/** All that is served, by the names that authorization knows it by. */
function resourcesOf({ definitions, connectors }: ApiContext): Resource[] {
  return [...definitions, ...reviewDefinitions].flatMap((definition) => {
    const { group, plural: resource, verbs = ALL_VERBS } = definition;
    const all = [{ name: "", verbs }, ...subresourcesOf(definition, connectors)];
    return all.map((one) => ({ group, resource, subresource: one.name, verbs: one.verbs }));
  });
}

function objectIn(value: JsonObject, field: string): JsonObject {
  const member = value[field] ?? {};
  if (!isJsonObject(member)) throw badRequest(`${field}: must be an object`);
  return member;
}

function textIn(value: JsonObject, field: string): string {
  const member = value[field] ?? "";
  if (typeof member !== "string") throw badRequest(`${field}: must be a string`);
  return member;
}
