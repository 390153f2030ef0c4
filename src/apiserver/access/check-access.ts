import type { Exchange } from "../exchange.ts";
import { StatusError } from "../status-error.ts";
import type { Authorizer, User } from "./ports.ts";
import type { ResourceRequestAttributes } from "./request-attributes.ts";
import { requestAttributes } from "./request-attributes.ts";

/** Throws Forbidden, in Kubernetes' words, unless the user may do what the request asks. */
export function checkAccess({ path, request, user }: Exchange, authorizer: Authorizer): void {
  const impersonated = Object.keys(request.headers).find((name) => name.startsWith("impersonate-"));
  if (impersonated !== undefined)
    throw forbidden(
      `User ${JSON.stringify(user.name)} cannot impersonate: this server knows no impersonation; leave out --as, --as-group and --as-uid`,
    );
  const attributes = requestAttributes(request.method, path);
  if (attributes.type === "resource") {
    if (!authorizer.allows(user, attributes)) throw forbiddenResource(user, attributes);
    return;
  }
  if (authorizer.allowsPath(user, attributes)) return;
  throw forbidden(
    `forbidden: User ${JSON.stringify(user.name)} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}`,
  );
}

function forbiddenResource(user: User, attributes: ResourceRequestAttributes): StatusError {
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const what = name === "" ? qualified : `${qualified} ${JSON.stringify(name)}`;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const where =
    namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return forbidden(
    `${what} is forbidden: User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`,
    { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: resource },
  );
}

function forbidden(message: string, details: StatusError["details"] = {}): StatusError {
  return new StatusError(403, "Forbidden", message, details);
}
