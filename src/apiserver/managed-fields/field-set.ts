/**
 * A set of fields of an object, in the very form in which it is stored: Kubernetes' FieldsV1. Each
 * member is one step of a path; a node without members, or with the member `.`, is in the set
 * itself. Sets are never changed, and share what they have in common.
 *
 * Steps: `f:name` (member of a map), `k:{"name":"a"}` (item of a list by its keys), `v:"a"` (item of
 * a list by its value), `i:0` (item by its place; read, never written).
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ "fieldsV1"
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/555-server-side-apply
 */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** The set of nothing. As a node below another one it stands for a field without members of its own. */
export const NO_FIELDS: FieldSet = Object.freeze({});

const SELF = ".";

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the field that this node stands for is in the set itself. */
export function isMember(node: FieldSet): boolean {
  return isEmptySet(node) || Object.hasOwn(node, SELF);
}

/** The set of what lies below `step`; empty when nothing does. */
export function below(set: FieldSet, step: string): FieldSet {
  const node = nodeAt(set, step);
  return node === undefined ? NO_FIELDS : withoutSelf(node);
}

/** Whether `step` is a member of `set`. */
export function has(set: FieldSet, step: string): boolean {
  const node = nodeAt(set, step);
  return node !== undefined && isMember(node);
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  const [last] = path.slice(-1);
  if (last === undefined) return false;
  const parent = path.slice(0, -1).reduce(below, set);
  return has(parent, last);
}

/** The set of one field. @param path - At least one step. */
export function setOf(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((node, step) => ({ [step]: node }), NO_FIELDS);
}

/** A node for a field and what is below it; undefined where neither is in the set. */
export function toNode(isIn: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return isIn ? NO_FIELDS : undefined;
  return isIn ? { [SELF]: NO_FIELDS, ...children } : children;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const all: Record<string, FieldSet> = { ...a };
  for (const step of Object.keys(b)) {
    const left = nodeAt(a, step);
    const right = b[step] ?? NO_FIELDS;
    all[step] = left === undefined ? right : unionOfNodes(left, right);
  }
  return all;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return collect(a, (step, node) => {
    const other = nodeAt(b, step);
    if (other === undefined) return undefined;
    const both = intersection(withoutSelf(node), withoutSelf(other));
    return toNode(isMember(node) && isMember(other), both);
  });
}

/** What is in `a` and not in `b`. A field in `b` takes itself away, not what is below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return collect(a, (step, node) => {
    const other = nodeAt(b, step);
    if (other === undefined) return node;
    const rest = difference(withoutSelf(node), withoutSelf(other));
    return toNode(isMember(node) && !isMember(other), rest);
  });
}

/** What is in `a` and neither in `b` nor below a field in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return collect(a, (step, node) => {
    const other = nodeAt(b, step);
    if (other === undefined) return node;
    if (isMember(other)) return undefined;
    return toNode(isMember(node), recursiveDifference(withoutSelf(node), other));
  });
}

/** Whether any field is in both. */
export function meets(a: FieldSet, b: FieldSet): boolean {
  return stepsOf(a).some((step) => {
    const [left, right] = [nodeAt(a, step), nodeAt(b, step)];
    if (left === undefined || right === undefined) return false;
    return (isMember(left) && isMember(right)) || meets(left, right);
  });
}

/** Whether all fields of `part` are in `set`. */
export function includes(set: FieldSet, part: FieldSet): boolean {
  return stepsOf(part).every((step) => {
    const [wanted, present] = [nodeAt(part, step), nodeAt(set, step)];
    if (wanted === undefined || present === undefined) return false;
    return (!isMember(wanted) || isMember(present)) && includes(present, wanted);
  });
}

export function isSameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const steps = Object.keys(a);
  if (steps.length !== Object.keys(b).length) return false;
  return steps.every((step) => {
    const left = a[step];
    const right = nodeAt(b, step);
    return left !== undefined && right !== undefined && isSameSet(left, right);
  });
}

/** Every field of the set as its path: the members of a map before what is below them, in order. */
export function pathsOf(set: FieldSet): readonly (readonly string[])[] {
  const steps = Object.keys(set).toSorted(compareSteps);
  const own = steps.filter((step) => has(set, step)).map((step) => [step]);
  const deeper = steps.flatMap((step) => pathsOf(below(set, step)).map((path) => [step, ...path]));
  return [...own, ...deeper];
}

function unionOfNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const children = union(withoutSelf(a), withoutSelf(b));
  return toNode(isMember(a) || isMember(b), children) ?? NO_FIELDS;
}

/** Keeps `set` itself where nothing of it changes. */
function collect(
  set: FieldSet,
  map: (step: string, node: FieldSet) => FieldSet | undefined,
): FieldSet {
  const all: Record<string, FieldSet> = {};
  let isSame = true;
  for (const step of Object.keys(set)) {
    const node = set[step];
    if (node === undefined || step === SELF) continue;
    const mapped = map(step, node);
    isSame &&= mapped === node;
    if (mapped !== undefined) all[step] = mapped;
  }
  return isSame && !Object.hasOwn(set, SELF) ? set : all;
}

function stepsOf(set: FieldSet): readonly string[] {
  return Object.keys(set).filter((step) => step !== SELF);
}

function nodeAt(set: FieldSet, step: string): FieldSet | undefined {
  return Object.hasOwn(set, step) ? set[step] : undefined;
}

function withoutSelf(node: FieldSet): FieldSet {
  if (!Object.hasOwn(node, SELF)) return node;
  const { [SELF]: _, ...children } = node;
  return children;
}

const KINDS = ["f", "k", "v", "i"];

function compareSteps(a: string, b: string): number {
  const kinds = KINDS.indexOf(a.charAt(0)) - KINDS.indexOf(b.charAt(0));
  if (kinds !== 0) return kinds;
  return a < b ? -1 : a === b ? 0 : 1;
}
