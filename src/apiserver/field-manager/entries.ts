import type { ManagedFieldsEntry } from "../../api/meta.ts";
import { isJsonObject } from "../checked-json.ts";
import type { FieldSet } from "../managed-fields/field-set.ts";
import type { Holding, Managers } from "../managed-fields/managers.ts";
import { parseFieldSet } from "../managed-fields/parse-field-set.ts";

/** `metadata.managedFields`, taken apart. Managers are told apart by {@link ManagerName}. */
export interface Managed {
  readonly managers: Managers;
  /** RFC 3339, by manager. */
  readonly times: ReadonlyMap<string, string>;
}

/** What makes two writers one manager. */
export interface ManagerName {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  /** Left out of the key of an applier, which has one holding in whatever version it applies. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

export const NOTHING_MANAGED: Managed = { managers: new Map(), times: new Map() };

/** The one text that stands for a manager. */
export function managerKey({ manager, operation, apiVersion, subresource }: ManagerName): string {
  const version = operation === "Apply" ? "" : apiVersion;
  return JSON.stringify([manager, operation, version, subresource]);
}

export function parseManagerKey(key: string): ManagerName {
  const [manager, operation, apiVersion, subresource] = JSON.parse(key) as [
    string,
    ManagerName["operation"],
    string,
    string,
  ];
  return { manager, operation, apiVersion, subresource };
}

/** Of an object that is stored, and so known to be right. */
export function decodeEntries(entries: readonly ManagedFieldsEntry[] | undefined): Managed {
  const managers = new Map<string, Holding>();
  const times = new Map<string, string>();
  for (const entry of entries ?? []) {
    const { operation, apiVersion, fieldsV1, time } = entry;
    const key = managerKey({ ...entry, subresource: entry.subresource ?? "" });
    managers.set(key, {
      fields: fieldsV1 as FieldSet,
      apiVersion,
      isApplied: operation === "Apply",
    });
    if (time !== undefined) times.set(key, time);
  }
  return { managers, times };
}

/** Appliers first, then by time and name, as Kubernetes orders them. */
export function encodeEntries({ managers, times }: Managed): readonly ManagedFieldsEntry[] {
  return [...managers]
    .map(([key, holding]) => toEntry(parseManagerKey(key), holding, times.get(key)))
    .toSorted((a, b) => compareTexts(orderOf(a), orderOf(b)));
}

const MAX_ENTRIES = 100;

/** Entries that a client wrote; undefined unless all of them are right. */
export function parseEntries(value: unknown): readonly ManagedFieldsEntry[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_ENTRIES) return undefined;
  const entries = value.map(parseEntry);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function parseEntry(value: unknown): ManagedFieldsEntry | undefined {
  if (!isJsonObject(value)) return undefined;
  const { manager = "", operation, apiVersion, subresource = "", time = "", fieldsType } = value;
  const fields = parseFieldSet(value["fieldsV1"]);
  const texts = [manager, apiVersion, subresource, time];
  if (!texts.every((text) => typeof text === "string" && text.length <= 253)) return undefined;
  if (operation !== "Apply" && operation !== "Update") return undefined;
  if (apiVersion === "" || fieldsType !== "FieldsV1" || fields === undefined) return undefined;
  const name = { manager, operation, apiVersion, subresource } as ManagerName;
  const holding = { fields, apiVersion: name.apiVersion, isApplied: operation === "Apply" };
  return toEntry(name, holding, time === "" ? undefined : String(time));
}

function toEntry(
  { manager, operation, subresource }: ManagerName,
  { fields, apiVersion }: Holding,
  time: string | undefined,
): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...(subresource === "" ? {} : { subresource }),
  };
}

function orderOf(entry: ManagedFieldsEntry): readonly string[] {
  const { operation, time = "", manager, apiVersion, subresource = "" } = entry;
  return [operation, time, manager, apiVersion, subresource];
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
