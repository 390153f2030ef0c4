import type { StoredObject } from "../../api/meta.ts";
import { ageOf } from "../output/age.ts";
import { labelOf } from "../objects/plugin-facts.ts";

export const EVENT_HEADER = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "COUNT", "MESSAGE"];

interface EventFields {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** An event's cells, under {@link EVENT_HEADER}. */
export function eventRow(event: StoredObject, nowMs: number): string[] {
  const fields = event as EventFields;
  const { kind = "", name = "" } = fields.involvedObject ?? {};
  return [
    ageOf(fields.lastTimestamp, nowMs),
    fields.type ?? "",
    fields.reason ?? "",
    labelOf(kind, name),
    String(fields.count ?? 1),
    fields.message ?? "",
  ];
}

/** Oldest first. */
export function byTime(events: readonly StoredObject[]): StoredObject[] {
  const timeOf = (event: StoredObject) =>
    Date.parse((event as EventFields).lastTimestamp ?? "") || 0;
  const age = (event: StoredObject) => Number(event.metadata.resourceVersion);
  // Times are whole seconds; within one, the order of writing tells.
  return events.toSorted((a, b) => timeOf(a) - timeOf(b) || age(a) - age(b));
}

/** Selects the events about one object. */
export function eventsAbout(kind: string, name: string): string {
  return `involvedObject.kind=${kind},involvedObject.name=${name}`;
}
