import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { PathSegment } from "../field-path.ts";
import type { YamlDocument } from "./compose.ts";

/**
 * Offset of the node at `path`: of its value, or of its key. A path that leads to nothing (a field
 * that is missing) gives the key of the last node on the way, and so does a value that is empty.
 */
export function nodeOffset(
  document: YamlDocument,
  path: readonly PathSegment[],
  part: "key" | "value",
): number {
  let node: unknown = document.contents;
  let key: unknown = document.contents;
  for (const [index, segment] of path.entries()) {
    const next = stepInto(resolved(document, node), segment);
    if (next === undefined) return startOf(key) ?? 0;
    const isLast = index === path.length - 1;
    if (isLast && part === "key") return startOf(next.key) ?? 0;
    ({ key, value: node } = next);
  }
  const isEmpty = isScalar(node) && node.value === null && (node.source ?? "") === "";
  return (isEmpty ? startOf(key) : (startOf(node) ?? startOf(key))) ?? 0;
}

function stepInto(
  node: unknown,
  segment: PathSegment,
): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isSeq(node) && typeof segment === "number") {
    const item = node.items[segment];
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === segment);
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function resolved(document: YamlDocument, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly [number, number, number] | null } | null)?.range?.[0];
}
