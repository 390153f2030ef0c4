import { keyValue, stepOf } from "./list-step.ts";
import type { ListType, MapType, NodeType } from "./node-type.ts";
import { pathText } from "./path-text.ts";
import { asList, asMap } from "./view.ts";

/**
 * Why `value` cannot be applied: fields that no schema names, maps and lists that are none, items
 * that cannot be told apart. In Kubernetes' words. Whether scalars are right is for validation.
 */
export function typeFaults(type: NodeType, value: unknown): readonly string[] {
  return faultsAt(type, value, "");
}

function faultsAt(type: NodeType, value: unknown, path: string): readonly string[] {
  if (value === null || type.kind === "deduced") return [];
  if (type.kind === "map") return mapFaults(type, value, path);
  if (type.kind === "list") return listFaults(type, value, path);
  return typeof value === "object" ? [mismatch(path, "scalar", value)] : [];
}

function mapFaults(type: MapType, value: unknown, path: string): readonly string[] {
  const map = asMap(value);
  if (map === undefined) return [mismatch(path, "map", value)];
  return Object.entries(map).flatMap(([name, member]) => {
    const inside = path + pathText([`f:${name}`]);
    const memberType = type.fields.get(name) ?? type.others;
    return memberType === undefined
      ? [`${inside}: field not declared in schema`]
      : faultsAt(memberType, member, inside);
  });
}

function listFaults(type: ListType, value: unknown, path: string): readonly string[] {
  const items = asList(value);
  if (items === undefined) return [mismatch(path, "list", value)];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    if (type.relation === "atomic") return faultsAt(type.item, item, `${path}[${index}]`);
    const step = stepOf(type, item);
    if (step === undefined) return [`${path}: element ${index}: ${whyNameless(type, item)}`];
    if (seen.has(step)) return [`${path}: duplicate entries for key ${pathText([step])}`];
    seen.add(step);
    return faultsAt(type.item, item, path + pathText([step]));
  });
}

function whyNameless(type: ListType, item: unknown): string {
  if (type.relation === "set")
    return "associative list without keys has an element that is no scalar";
  if (asMap(item) === undefined) return "associative list with keys may not have non-map elements";
  const missing = type.keys.find((key) => keyValue(type, item, key) === undefined) ?? "";
  return `associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`;
}

function mismatch(path: string, expected: string, value: unknown): string {
  const got =
    asList(value) !== undefined ? "list" : asMap(value) !== undefined ? "map" : typeof value;
  return `${path === "" ? "." : path}: expected ${expected}, got ${got}`;
}
