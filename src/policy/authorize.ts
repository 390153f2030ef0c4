/** What a caller may do; each role may do all that those before it may. */
export const ROLES = ["view", "edit", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** A request for a resource, in the words of Kubernetes' authorization. */
export interface ResourceAttributes {
  /** get, list, watch, create, update, patch, delete or deletecollection. */
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** The plural, such as `plugins`. */
  readonly resource: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/** A request for anything that is not a resource. */
export interface PathAttributes {
  /** The method in lower case; HEAD counts as `get`. */
  readonly verb: string;
  readonly path: string;
}

/** What a role may do with some resources, as SelfSubjectRulesReview lists it. */
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `plugins`, or `plugins/scale` for a subresource. */
  readonly resources: readonly string[];
}

export interface PathRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** A resource that is served, and what can be done with it at all. */
export interface Resource extends Pick<ResourceAttributes, "group" | "resource" | "subresource"> {
  readonly verbs: readonly string[];
}

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** The groups that a caller of this role is in; {@link roleOf} is the way back. */
export function groupsOf(role: Role): readonly string[] {
  return [`${GROUP_PREFIX}${role}`, AUTHENTICATED];
}

/** The strongest role that these groups give; undefined for none. */
export function roleOf(groups: readonly string[]): Role | undefined {
  if (groups.includes(MASTERS)) return "admin";
  return ROLES.toReversed().find((role) => groups.includes(`${GROUP_PREFIX}${role}`));
}

/**
 * Whether a role may do this. What is not allowed in so many words is refused; a `*`, which
 * `kubectl auth can-i` asks for, is allowed only to who may do anything.
 *
 * - view reads everything but Secrets, and asks what it may do itself.
 * - edit also reads Secrets, and changes what makes up a user's desired state.
 * - admin may do anything.
 *
 * To edit a Plugin is to run programs as the daemon's user, so `edit` is for the trusted.
 *
 * @param role - undefined: may do nothing.
 */
export function isAllowed(role: Role | undefined, attributes: ResourceAttributes): boolean {
  if (role === undefined) return false;
  if (role === "admin") return true;
  const isEditor = role === "edit";
  if (mayRead(attributes, isEditor) || mayReviewSelf(attributes)) return true;
  return isEditor && mayWrite(attributes);
}

/** As {@link isAllowed}, for what is not a resource: all may discover, and see how the daemon does. */
export function isPathAllowed(role: Role | undefined, { verb, path }: PathAttributes): boolean {
  if (role === "admin" || isPublicPath(path)) return true;
  if (role === undefined) return false;
  return PATH_VERBS.includes(verb) && READABLE_PATHS.some((pattern) => coversPath(pattern, path));
}

/** What needs no token: it tells nothing but that the server is there, and which release it speaks. */
export function isPublicPath(path: string): boolean {
  return PUBLIC_PATHS.includes(path);
}

/** All that a role may do with these resources; says the same as {@link isAllowed}. */
export function resourceRulesOf(role: Role, resources: readonly Resource[]): ResourceRule[] {
  if (role === "admin") return [{ verbs: [ANY], apiGroups: [ANY], resources: [ANY] }];
  const rules = new Map<string, ResourceRule>();
  for (const resource of resources) {
    const verbs = resource.verbs.filter((verb) => isAllowed(role, { ...resource, verb }));
    if (verbs.length === 0) continue;
    const key = `${resource.group} ${verbs.join()}`;
    const before = rules.get(key)?.resources ?? [];
    const names = [...new Set([...before, nameOf(resource)])];
    rules.set(key, { verbs, apiGroups: [resource.group], resources: names });
  }
  return [...rules.values()];
}

export function pathRulesOf(role: Role): PathRule[] {
  if (role === "admin") return [{ verbs: [ANY], nonResourceURLs: [ANY] }];
  return [{ verbs: PATH_VERBS, nonResourceURLs: READABLE_PATHS }];
}

const ANY = "*";
const GROUP_PREFIX = "portunix:";
const AUTHENTICATED = "system:authenticated";
const MASTERS = "system:masters";

const READ_VERBS = ["get", "list", "watch"];
const WRITE_VERBS = ["create", "update", "patch", "delete", "deletecollection"];
const PATH_VERBS = ["get"];

/** Reached by GET, and yet they do more than show. */
const ACTING_SUBRESOURCES: ReadonlySet<string> = new Set([
  ANY,
  "exec",
  "attach",
  "portforward",
  "proxy",
]);

/** What `edit` may change, by `group/resource`. */
const WRITABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ["portunix.ai/plugins", WRITE_VERBS],
  ["portunix.ai/plugins/scale", ["update", "patch"]],
  ["/configmaps", WRITE_VERBS],
  ["/secrets", WRITE_VERBS],
  // Views of Plugins: to delete a Pod is to restart an instance, a Deployment's patch goes to its Plugin.
  ["/pods", ["delete", "deletecollection"]],
  ["apps/deployments", ["update", "patch"]],
  ["apps/deployments/scale", ["update", "patch"]],
  ["coordination.k8s.io/leases", WRITE_VERBS],
]);

const SELF_REVIEWS: ReadonlySet<string> = new Set([
  "authentication.k8s.io/selfsubjectreviews",
  "authorization.k8s.io/selfsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectrulesreviews",
]);

const PUBLIC_PATHS = ["/healthz", "/livez", "/livez/ping", "/readyz", "/version"];

const READABLE_PATHS = [
  ...PUBLIC_PATHS,
  "/",
  "/api",
  "/api/*",
  "/apis",
  "/apis/*",
  "/openapi",
  "/openapi/*",
  "/portunix/v1/daemon",
  "/portunix/v1/status",
];

function mayRead(attributes: ResourceAttributes, withSecrets: boolean): boolean {
  const { verb, group, resource, subresource } = attributes;
  if (!READ_VERBS.includes(verb) || ACTING_SUBRESOURCES.has(subresource)) return false;
  if (SELF_REVIEWS.has(`${group}/${resource}`)) return false;
  // Everything includes Secrets.
  if (group === ANY || resource === ANY) return withSecrets;
  return withSecrets || !(group === "" && resource === "secrets");
}

function mayWrite(attributes: ResourceAttributes): boolean {
  const verbs = WRITABLE.get(`${attributes.group}/${nameOf(attributes)}`);
  return verbs?.includes(attributes.verb) === true;
}

function mayReviewSelf({ verb, group, resource, subresource }: ResourceAttributes): boolean {
  return verb === "create" && subresource === "" && SELF_REVIEWS.has(`${group}/${resource}`);
}

function nameOf({ resource, subresource }: Pick<Resource, "resource" | "subresource">): string {
  return subresource === "" ? resource : `${resource}/${subresource}`;
}

function coversPath(pattern: string, path: string): boolean {
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
