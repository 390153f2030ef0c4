import { describe, expect, test } from "vitest";
import {
  groupsOf,
  isAllowed,
  isPathAllowed,
  isPublicPath,
  isRole,
  pathRulesOf,
  resourceRulesOf,
  roleOf,
  ROLES,
} from "../../../src/policy/authorize.ts";

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const READ = "get list watch";
const ALL = VERBS.join(" ");
const SCALE = `${READ} update patch`;

/** What view and edit may do with each resource; all that is left out is refused, and admin may do it. */
const TABLE: readonly (readonly [string, string, string])[] = [
  // group/resource/subresource, view, edit
  ["portunix.ai/plugins", READ, ALL],
  ["portunix.ai/plugins/status", READ, READ],
  ["portunix.ai/plugins/scale", READ, SCALE],
  ["portunix.ai/plugins/log", READ, READ],
  ["portunix.ai/plugins/exec", "", ""],
  ["/configmaps", READ, ALL],
  ["/secrets", "", ALL],
  ["/secrets/status", "", READ],
  ["/events", READ, READ],
  ["/namespaces", READ, READ],
  ["/namespaces/status", READ, READ],
  ["/nodes", READ, READ],
  ["/pods", READ, `${READ} delete deletecollection`],
  ["/pods/log", READ, READ],
  ["/pods/exec", "", ""],
  ["/pods/attach", "", ""],
  ["/pods/portforward", "", ""],
  ["/pods/proxy", "", ""],
  ["/serviceaccounts/token", READ, READ],
  ["apps/deployments", READ, SCALE],
  ["apps/deployments/scale", READ, SCALE],
  ["apps/replicasets", READ, READ],
  ["coordination.k8s.io/leases", READ, ALL],
  ["apiextensions.k8s.io/customresourcedefinitions", READ, READ],
  ["metrics.k8s.io/pods", READ, READ],
  // A kind of another group that has the name of a core one is another kind.
  ["example.com/secrets", READ, READ],
  ["example.com/plugins", READ, READ],
  ["example.com/widgets", READ, READ],
  ["authentication.k8s.io/selfsubjectreviews", "create", "create"],
  ["authorization.k8s.io/selfsubjectaccessreviews", "create", "create"],
  ["authorization.k8s.io/selfsubjectrulesreviews", "create", "create"],
  ["authorization.k8s.io/subjectaccessreviews", READ, READ],
  ["*/*", "", READ],
  ["*/plugins", "", READ],
  ["/*", "", READ],
];

describe("isAllowed", () => {
  const cases = TABLE.flatMap(([path, view, edit]) =>
    [...VERBS, "*", "impersonate", "escalate", ""].map((verb) => ({ path, verb, view, edit })),
  );

  test.each(cases)("of $verb $path", ({ path, verb, view, edit }) => {
    const [group = "", resource = "", subresource = ""] = path.split("/");
    const attributes = { verb, group, resource, subresource };
    const answers = ROLES.map((role) => isAllowed(role, attributes));
    expect(answers).toEqual([isIn(view, verb), isIn(edit, verb), true]);
    expect(isAllowed(undefined, attributes)).toBe(false);
  });

  test.each(cases)("gives each role all that the weaker ones have: $verb $path", (one) => {
    const [group = "", resource = "", subresource = ""] = one.path.split("/");
    const attributes = { verb: one.verb, group, resource, subresource };
    const answers = ROLES.map((role) => Number(isAllowed(role, attributes)));
    expect(answers).toEqual(answers.toSorted((a, b) => a - b));
  });
});

describe("isPathAllowed", () => {
  test.each([
    ["/", true],
    ["/api", true],
    ["/api/v1", true],
    ["/apis", true],
    ["/apis/portunix.ai/v1alpha1", true],
    ["/openapi/v3", true],
    ["/version", true],
    ["/readyz", true],
    ["/portunix/v1/daemon", true],
    ["/portunix/v1/status", true],
    ["/portunix/v1/tokens", false],
    ["/portunix/v1/tokens/1", false],
    ["/portunix/v1/endpoint", false],
    ["/portunix/v1/daemon/x", false],
    ["/portunix", false],
    ["/apisx", false],
    ["/metrics", false],
    ["*", false],
  ])("of get %s", (path, isReadable) => {
    const answers = ROLES.map((role) => isPathAllowed(role, { verb: "get", path }));
    expect(answers).toEqual([isReadable, isReadable, true]);
    expect(isPathAllowed(undefined, { verb: "get", path })).toBe(isPublicPath(path));
  });

  test.each(["post", "put", "patch", "delete", "*"])("lets nobody but admin %s", (verb) => {
    const path = "/portunix/v1/daemon";
    expect(ROLES.map((role) => isPathAllowed(role, { verb, path }))).toEqual([false, false, true]);
  });

  test("opens to everybody what says only that the server is there", () => {
    const open = ["/healthz", "/livez", "/livez/ping", "/readyz", "/version"];
    expect(open.map(isPublicPath)).toEqual(open.map(() => true));
    expect(["/", "/api", "/portunix/v1/daemon", "/healthz/x", "/readyz "].some(isPublicPath)).toBe(
      false,
    );
  });
});

describe("the groups of a role", () => {
  test.each(ROLES)("lead back to %s", (role) => {
    expect(isRole(role)).toBe(true);
    expect(roleOf(groupsOf(role))).toBe(role);
  });

  test("give the strongest role, and none to strangers", () => {
    expect(roleOf(["portunix:view", "portunix:edit"])).toBe("edit");
    expect(roleOf(["system:masters"])).toBe("admin");
    expect(roleOf(["system:authenticated", "portunix:root", "admin"])).toBeUndefined();
    expect(isRole("constructor")).toBe(false);
  });
});

describe("the rules of a role", () => {
  const resources = TABLE.slice(0, -3).map(([path]) => {
    const [group = "", resource = "", subresource = ""] = path.split("/");
    return { group, resource, subresource, verbs: VERBS };
  });

  test.each(["view", "edit"] as const)("say the same as the decision for %s", (role) => {
    const listed = new Set(
      resourceRulesOf(role, resources).flatMap(({ verbs, apiGroups, resources: names }) =>
        names.flatMap((name) => verbs.map((verb) => `${verb} ${apiGroups.join()} ${name}`)),
      ),
    );
    const decided = resources.flatMap(({ group, resource, subresource }) =>
      VERBS.filter((verb) => isAllowed(role, { verb, group, resource, subresource })).map(
        (verb) =>
          `${verb} ${group} ${subresource === "" ? resource : `${resource}/${subresource}`}`,
      ),
    );
    expect(listed).toEqual(new Set(decided));
  });

  test("name no verb that a resource has not", () => {
    const events = { group: "", resource: "events", subresource: "", verbs: ["create", "list"] };
    expect(resourceRulesOf("view", [events])).toEqual([
      { verbs: ["list"], apiGroups: [""], resources: ["events"] },
    ]);
  });

  test("are everything for admin", () => {
    expect(resourceRulesOf("admin", [])).toEqual([
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    ]);
    expect(pathRulesOf("admin")).toEqual([{ verbs: ["*"], nonResourceURLs: ["*"] }]);
    const [rule] = pathRulesOf("view");
    expect(rule?.nonResourceURLs).toContain("/version");
  });
});

function isIn(words: string, verb: string): boolean {
  return verb !== "" && words.split(" ").includes(verb);
}
