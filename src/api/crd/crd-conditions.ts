import type { ResourceDefinition } from "../resource-definition.ts";
import type {
  CrdNames,
  CrdStatus,
  CustomResourceDefinition,
} from "./custom-resource-definition.ts";
import { storageVersionOf } from "./custom-resource-definition.ts";

type CrdCondition = CrdStatus["conditions"][number];

/** A condition before it is known since when. */
type Finding = Omit<CrdCondition, "lastTransitionTime">;

/**
 * Which name of a definition another kind of its group has already; undefined when all are free.
 *
 * @param others - Every kind that is served but this one.
 */
export function nameConflict(
  { spec }: Pick<CustomResourceDefinition, "spec">,
  others: readonly ResourceDefinition[],
): Finding | undefined {
  const taken = others.filter(({ group }) => group === spec.group);
  const names = new Set(taken.flatMap((one) => [one.plural, one.singular, ...one.shortNames]));
  const kinds = new Set(taken.flatMap(({ kind }) => [kind, `${kind}List`]));
  const { plural, singular = "", shortNames = [], kind, listKind = "" } = spec.names;
  const wanted = [
    ["PluralConflict", plural, names],
    ["SingularConflict", singular, names],
    ...shortNames.map((name) => ["ShortNamesConflict", name, names] as const),
    ["KindConflict", kind, kinds],
    ["ListKindConflict", listKind, kinds],
  ] as const;
  const found = wanted.find(([, name, known]) => known.has(name));
  if (found === undefined) return undefined;
  const [reason, name] = found;
  const message = `${JSON.stringify(name)} is already in use`;
  return { type: "NamesAccepted", status: "False", reason, message };
}

/** The status of a definition, in the words of Kubernetes. @param now - RFC 3339. */
export function crdStatus(
  crd: CustomResourceDefinition,
  conflict: Finding | undefined,
  now: string,
): CrdStatus {
  const known = crd.status?.conditions ?? [];
  const findings = [
    conflict ?? NAMES_ACCEPTED,
    conflict === undefined ? ESTABLISHED : NOT_ACCEPTED,
    ...(crd.metadata.deletionTimestamp === undefined ? [] : [TERMINATING]),
  ];
  const acceptedNames: CrdNames = conflict === undefined ? crd.spec.names : NO_NAMES;
  return {
    conditions: findings.map((finding) => dated(finding, known, now)),
    acceptedNames: crd.status?.acceptedNames.plural ? crd.status.acceptedNames : acceptedNames,
    storedVersions: [storageVersionOf(crd.spec)?.name ?? ""],
  };
}

const NO_NAMES: CrdNames = { plural: "", kind: "" };

const NAMES_ACCEPTED: Finding = {
  type: "NamesAccepted",
  status: "True",
  reason: "NoConflicts",
  message: "no conflicts found",
};

const ESTABLISHED: Finding = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
};

const NOT_ACCEPTED: Finding = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
};

const TERMINATING: Finding = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};

function dated(finding: Finding, known: readonly CrdCondition[], now: string): CrdCondition {
  const before = known.find(
    ({ type, status }) => type === finding.type && status === finding.status,
  );
  return { ...finding, lastTransitionTime: before?.lastTransitionTime ?? now };
}
