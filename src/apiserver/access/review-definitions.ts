import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { apiVersionOf } from "../../api/resource-definition.ts";

/**
 * Kinds that are asked and never stored: who am I, may I, what may I.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export const reviewDefinitions: readonly ResourceDefinition[] = [
  review("authentication.k8s.io", "v1", "SelfSubjectReview"),
  // kubectl 1.27 knows no newer one.
  review("authentication.k8s.io", "v1beta1", "SelfSubjectReview"),
  review("authorization.k8s.io", "v1", "SelfSubjectAccessReview"),
  review("authorization.k8s.io", "v1", "SelfSubjectRulesReview"),
  review("authorization.k8s.io", "v1", "SubjectAccessReview"),
];

/** The kind that is reviewed at this path; undefined for any other path. */
export function findReview([root, group, version, plural, ...rest]: readonly string[]):
  | ResourceDefinition
  | undefined {
  if (root !== "apis" || rest.length > 0 || group === undefined || version === undefined)
    return undefined;
  const apiVersion = apiVersionOf({ group, version });
  return reviewDefinitions.find((one) => one.plural === plural && apiVersionOf(one) === apiVersion);
}

function review(group: string, version: string, kind: string): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    group,
    version,
    kind,
    plural: `${singular}s`,
    singular,
    shortNames: [],
    categories: [],
    namespaced: false,
    verbs: ["create"],
    schema: { type: "object" },
    columns: [],
    hasStatus: false,
    finalizers: [],
    selectableFields: {},
  };
}
