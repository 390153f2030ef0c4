import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from "yaml";
import type { PathSegment } from "../field-path.ts";
import { isForbiddenName, SHAPE_LIMITS } from "../shape.ts";
import type { YamlDocument } from "./compose.ts";

/** A fault of a document's text, at an offset into it. */
export interface TextFault {
  readonly offset: number;
  readonly path: readonly PathSegment[];
  readonly message: string;
}

/** Values that aliases may stand for in one document, all told: what makes a bomb is refused. */
const ALIASED_MAX_VALUES = 10_000;

/** A value, and how big it would be if every alias were written out. */
interface Sized {
  readonly value: unknown;
  readonly size: number;
  readonly height: number;
}

interface Reading {
  readonly faults: TextFault[];
  /** By anchor; undefined while the anchored node itself is being read. */
  readonly anchors: Map<string, Sized | undefined>;
  aliasedValues: number;
}

interface Place {
  readonly path: readonly PathSegment[];
  readonly depth: number;
}

const nothing: Sized = { value: null, size: 1, height: 1 };

/**
 * The plain value of a parsed document, and what is wrong with it beyond its syntax: keys that come
 * twice or are not safe, aliases that go nowhere, in a circle or multiply, and too deep nesting.
 */
export function readValue(document: YamlDocument): {
  readonly value: unknown;
  readonly faults: readonly TextFault[];
} {
  const reading: Reading = { faults: [], anchors: new Map(), aliasedValues: 0 };
  const { value } = readNode(reading, document.contents, { path: [], depth: 0 });
  return { value, faults: reading.faults };
}

function readNode(reading: Reading, node: unknown, place: Place): Sized {
  if (isAlias(node)) return readAlias(reading, node as ParsedNode & { source: string }, place);
  if (isScalar(node)) return remember(reading, node.anchor, { ...nothing, value: node.value });
  if (!isMap(node) && !isSeq(node)) return nothing;
  if (place.depth >= SHAPE_LIMITS.maxDepth) {
    const message = `nested deeper than ${SHAPE_LIMITS.maxDepth} levels`;
    // The whole path would hide the message; its position says where.
    return fault(reading, node as ParsedNode, { ...place, path: place.path.slice(0, 4) }, message);
  }
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, undefined);
  const sized = isMap(node)
    ? readMap(reading, node as YAMLMap.Parsed, place)
    : readSequence(reading, node.items, place);
  return remember(reading, node.anchor, sized);
}

function remember(reading: Reading, anchor: string | undefined, sized: Sized): Sized {
  if (anchor !== undefined) reading.anchors.set(anchor, sized);
  return sized;
}

function readAlias(reading: Reading, node: ParsedNode & { source: string }, place: Place): Sized {
  const target = reading.anchors.get(node.source);
  const name = JSON.stringify(node.source);
  if (target === undefined) {
    const isCircular = reading.anchors.has(node.source);
    const what = isCircular ? "lies inside of what it names" : "names no anchor before it";
    return fault(reading, node, place, `the alias ${name} ${what}`);
  }
  if (place.depth + target.height > SHAPE_LIMITS.maxDepth)
    return fault(reading, node, place, `nested deeper than ${SHAPE_LIMITS.maxDepth} levels`);
  reading.aliasedValues += target.size;
  if (reading.aliasedValues <= ALIASED_MAX_VALUES) return target;
  if (reading.aliasedValues - target.size > ALIASED_MAX_VALUES) return nothing; // said already
  const message = `aliases stand for more than ${ALIASED_MAX_VALUES} values: write them out`;
  return fault(reading, node, place, message);
}

function readSequence(reading: Reading, items: readonly unknown[], place: Place): Sized {
  const read = items.map((item, index) =>
    readNode(reading, item, { path: [...place.path, index], depth: place.depth + 1 }),
  );
  return collected(
    read.map(({ value }) => value),
    read,
  );
}

function readMap(reading: Reading, map: YAMLMap.Parsed, place: Place): Sized {
  const members = new Map<string, unknown>();
  const merged: unknown[] = [];
  const read: Sized[] = [];
  for (const pair of map.items) {
    const name = readKey(reading, pair, members, place);
    if (name === undefined) continue;
    const sized = readNode(reading, pair.value, {
      path: [...place.path, name],
      depth: place.depth + 1,
    });
    read.push(sized);
    if (isMergeKey(pair.key)) merged.push(sized.value);
    else members.set(name, sized.value);
  }
  for (const source of merged.flat()) mergeInto(members, source);
  // fromEntries defines own members, so that no name can reach a prototype.
  return collected(Object.fromEntries(members), read);
}

/** The name of a member, unless there is something wrong with it. */
function readKey(
  reading: Reading,
  { key }: Pair<ParsedNode, ParsedNode | null>,
  members: ReadonlyMap<string, unknown>,
  { path }: Place,
): string | undefined {
  const value = isScalar(key) ? key.value : undefined;
  if (value === undefined || value === null) {
    const place = { path, depth: 0 };
    fault(reading, key, place, "a key must be a plain word or a quoted text");
    return undefined;
  }
  const name = typeof value === "string" ? value : JSON.stringify(value);
  const place = { path: [...path, name], depth: 0 };
  if (isForbiddenName(name))
    fault(reading, key, place, `a field may not be named ${JSON.stringify(name)}`);
  else if (members.has(name)) fault(reading, key, place, `duplicate key ${JSON.stringify(name)}`);
  else return name;
  return undefined;
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** What stands in the map itself wins over what `<<` brings. */
function mergeInto(members: Map<string, unknown>, source: unknown): void {
  if (typeof source !== "object" || source === null) return;
  for (const [name, value] of Object.entries(source))
    if (!members.has(name)) members.set(name, value);
}

function collected(value: unknown, parts: readonly Sized[]): Sized {
  const size = parts.reduce((total, part) => total + part.size, 1);
  return { value, size, height: 1 + parts.reduce((most, part) => Math.max(most, part.height), 0) };
}

function fault(reading: Reading, node: ParsedNode | null, { path }: Place, message: string): Sized {
  reading.faults.push({ offset: node?.range?.[0] ?? 0, path, message });
  return nothing;
}
