import { LAST_APPLIED_ANNOTATION, type StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { ApiClient, ObjectAddress } from "../../client/api-client.ts";
import { EVENTS } from "../../client/resources.ts";
import { byTime, EVENT_HEADER, eventRow, eventsAbout } from "../events/event-rows.ts";
import { statusOf } from "../objects/plugin-facts.ts";
import { ageOf } from "../output/age.ts";
import { sanitise } from "../output/sanitise.ts";
import { tableText } from "../output/table-text.ts";

export interface Description {
  readonly object: StoredObject;
  /** plugin.yaml as installed; undefined while nothing is. */
  readonly packageManifest: unknown;
  readonly events: readonly StoredObject[];
}

/** Reads all that a description shows. */
export async function readDescription(
  client: ApiClient,
  address: ObjectAddress,
): Promise<Description> {
  const { resource, namespace, name } = address;
  const object = await client.get(address);
  const isPlugin = resource.kind === "Plugin";
  const [packageManifest, events] = await Promise.all([
    isPlugin ? readPackage(client, address) : undefined,
    client.list(EVENTS, {
      namespace: resource.namespaced ? namespace : undefined,
      fieldSelector: eventsAbout(resource.kind, name),
    }),
  ]);
  return { object, packageManifest, events: events.items };
}

async function readPackage(client: ApiClient, address: ObjectAddress): Promise<unknown> {
  try {
    return await client.subresource(address, "package");
  } catch (thrown) {
    const isExpected =
      thrown instanceof PortunixError && !["DaemonUnreachable", "Internal"].includes(thrown.code);
    if (isExpected) return undefined;
    throw thrown;
  }
}

/** @param toYaml - For the parts that are shown in full. */
export function descriptionText(
  { object, packageManifest, events }: Description,
  { toYaml, nowMs }: { readonly toYaml: (value: unknown) => string; readonly nowMs: number },
): string {
  return [
    metadataText(object, nowMs),
    block("Spec", object.spec, toYaml),
    object.kind === "Plugin" ? statusText(object, nowMs) : dataText(object, toYaml),
    block("Package", packageManifest, toYaml),
    table(
      "Events",
      EVENT_HEADER,
      byTime(events).map((event) => eventRow(event, nowMs)),
    ),
  ].join("");
}

function metadataText({ kind, metadata }: StoredObject, nowMs: number): string {
  const { [LAST_APPLIED_ANNOTATION]: _, ...annotations } = metadata.annotations ?? {};
  return facts([
    ["Name", metadata.name],
    ["Namespace", metadata.namespace ?? ""],
    ["Kind", kind],
    ["Labels", pairs(metadata.labels)],
    ["Annotations", pairs(annotations)],
    ["Age", ageOf(metadata.creationTimestamp, nowMs)],
    ["Generation", String(metadata.generation ?? "")],
    ["Deleting since", metadata.deletionTimestamp ?? ""],
  ]);
}

function statusText(object: StoredObject, nowMs: number): string {
  const status = statusOf(object);
  const installed = status.installed;
  const conditions = (status.conditions ?? []).map((condition) => [
    condition.type,
    condition.status,
    ageOf(condition.lastTransitionTime, nowMs),
    condition.reason,
    condition.message,
  ]);
  const instances = (status.instances ?? []).map((instance) => [
    String(instance.ordinal),
    instance.id,
    instance.state,
    String(instance.pid ?? ""),
    ageOf(instance.startedAt, nowMs),
    instance.address ?? "",
    instance.message ?? "",
  ]);
  const blockers = (status.blockers ?? []).map(({ reason, object: on, message }) => [
    reason,
    on ?? "",
    message,
  ]);
  return [
    facts([
      ["Phase", status.phase ?? "not looked at yet"],
      ["Ready", status.ready ?? ""],
      ["Restarts", String(status.restarts ?? 0)],
      [
        "Installed",
        installed === undefined
          ? ""
          : `${installed.name} v${installed.version} (${installed.digest})`,
      ],
      ["Next", nextText(object)],
    ]),
    table("Conditions", ["TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"], conditions),
    table("Instances", ["#", "ID", "STATE", "PID", "AGE", "ADDRESS", "MESSAGE"], instances),
    table("Blockers", ["REASON", "OBJECT", "MESSAGE"], blockers),
  ].join("");
}

/** What happens next and when, in words; empty when nothing will. */
export function nextText(object: StoredObject): string {
  const { nextAction = "", nextActionTime } = statusOf(object);
  if (nextAction === "") return "";
  return nextActionTime === undefined ? nextAction : `${nextAction} at ${nextActionTime}`;
}

/** The members of kinds without spec and status, with the values of Secrets left out. */
function dataText(object: StoredObject, toYaml: (value: unknown) => string): string {
  const { apiVersion: _, kind, metadata: __, spec: ___, status: ____, ...rest } = object;
  const data = (rest as { readonly data?: Readonly<Record<string, string>> }).data;
  if (kind !== "Secret" || data === undefined)
    return Object.keys(rest).length === 0 ? "" : toYaml(rest);
  const sizes = Object.entries(data).map(([name, value]) => [
    name,
    `${Buffer.from(value, "base64").length} bytes`,
  ]);
  return table("Data", ["KEY", "SIZE"], sizes);
}

function facts(entries: readonly (readonly [string, string])[]): string {
  return entries
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${`${name}:`.padEnd(16)}${sanitise(value)}\n`)
    .join("");
}

function block(title: string, value: unknown, toYaml: (value: unknown) => string): string {
  if (value === undefined || value === null) return "";
  return `${title}:\n${toYaml(value).replaceAll(/^(?=.)/gm, "  ")}`;
}

function table(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  return `${title}:\n${tableText([header, ...rows]).replaceAll(/^(?=.)/gm, "  ")}`;
}

function pairs(values: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}
