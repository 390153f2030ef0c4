import { type FieldSet, NO_FIELDS, recursiveDifference, toNode } from "./field-set.ts";
import { bySteps } from "./list-step.ts";
import { fieldType, type ListType, type MapType, type NodeType } from "./node-type.ts";
import {
  asList,
  asMap,
  isEqual,
  isEmptyMap,
  memberOf,
  namesOf,
  type PlainType,
  typeFor,
} from "./view.ts";

/** What became of the fields of an object. */
export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

/** The difference between two values of one type; undefined stands for no value. */
export function compare(type: NodeType, before: unknown, after: unknown): Comparison {
  const found: Findings = { added: {}, removed: {}, modified: {} };
  visit(type, { before, after, found });
  return found;
}

/** Without the fields of `ignored`, and all that is below them. */
export function withoutFields(comparison: Comparison, ignored: FieldSet): Comparison {
  return {
    added: recursiveDifference(comparison.added, ignored),
    removed: recursiveDifference(comparison.removed, ignored),
    modified: recursiveDifference(comparison.modified, ignored),
  };
}

type Growing = Record<string, FieldSet>;

/** The three sets, as far as they are known, at one place of the object. */
interface Findings {
  readonly added: Growing;
  readonly removed: Growing;
  readonly modified: Growing;
}

const CHANGES = ["added", "removed", "modified"] as const;
type Change = (typeof CHANGES)[number];

/** A field that is being compared, and what is found below it. */
interface Place {
  readonly before: unknown;
  readonly after: unknown;
  readonly found: Findings;
}

/** @returns What became of the field as such. */
function visit(type: NodeType, place: Place): Change | undefined {
  const { before, after } = place;
  // Stored objects never change, so that what a write left alone is the very same object.
  if (before === after) return undefined;
  const left = typeFor(type, before);
  const right = typeFor(type, after);
  if (before === undefined || after === undefined) {
    visitAs(before === undefined ? right : left, place);
    return before === undefined ? "added" : "removed";
  }
  const isLeft = left.kind !== right.kind && visitAs(left, place);
  const isLeaf = visitAs(right, place) || isLeft;
  return isLeaf && !isEqual(before, after) ? "modified" : undefined;
}

/** @returns Whether the field is compared whole; else its parts have been. */
function visitAs(type: PlainType, place: Place): boolean {
  if (type.kind === "scalar") return true;
  return type.kind === "list" ? visitList(type, place) : visitMap(type, place);
}

function visitMap(type: MapType, { before, after, found }: Place): boolean {
  const left = asMap(before);
  const right = asMap(after);
  // Two empty ones are a leaf, so that {} and null are told apart.
  if (type.isAtomic || (isEmptyMap(left) && isEmptyMap(right))) return true;
  for (const name of namesOf(left, right)) {
    const member = memberOf(left, name);
    const other = memberOf(right, name);
    if (member !== other)
      descend(fieldType(type, name), { before: member, after: other, found, step: `f:${name}` });
  }
  return false;
}

function visitList(type: ListType, { before, after, found }: Place): boolean {
  const left = asList(before) ?? [];
  const right = asList(after) ?? [];
  if (type.relation === "atomic" || left.length + right.length === 0) return true;
  const lefts = bySteps(type, left);
  const rights = bySteps(type, right);
  for (const step of new Set([...lefts.keys(), ...rights.keys()]))
    visitItems(type, { lefts: lefts.get(step) ?? [], rights: rights.get(step) ?? [], found, step });
  return false;
}

interface Items {
  readonly lefts: readonly unknown[];
  readonly rights: readonly unknown[];
  readonly found: Findings;
  readonly step: string;
}

/** Items of one name on either side. Several on one side are one leaf. */
function visitItems({ item }: ListType, { lefts, rights, found, step }: Items): void {
  const [before] = lefts;
  const [after] = rights;
  const isMany = lefts.length > 1;
  if (!isMany && rights.length <= 1) {
    descend(item, { before, after, found, step });
  } else if (isMany && rights.length > 1) {
    if (!isEqual(lefts, rights)) found.modified[step] = NO_FIELDS;
  } else if (isMany) {
    descend(item, { before: undefined, after, found, step });
    found.removed[step] = NO_FIELDS;
  } else {
    descend(item, { before, after: undefined, found, step });
    found.added[step] = NO_FIELDS;
  }
}

function descend(
  type: NodeType,
  { before, after, found, step }: Place & { readonly step: string },
): void {
  if (before === after) return;
  if (isScalar(before) && isScalar(after)) {
    found.modified[step] = NO_FIELDS;
    return;
  }
  const inside: Findings = { added: {}, removed: {}, modified: {} };
  const own = visit(type, { before, after, found: inside });
  for (const change of CHANGES) {
    const node = toNode(own === change, inside[change]);
    if (node !== undefined) found[change][step] = node;
  }
}

function isScalar(value: unknown): boolean {
  return value !== undefined && typeof value !== "object";
}
