import { conditionOf } from "./conditions.ts";
import type { StoredObject } from "./meta.ts";
import type { PluginSpec, PluginStatus } from "./plugin.ts";
import type { PrinterColumn } from "./resource-definition.ts";

/** The columns of `get plugins`. */
export const pluginColumns: readonly PrinterColumn[] = [
  {
    name: "Name",
    type: "string",
    description: "Name of the Plugin.",
    priority: 0,
    cell: ({ metadata }) => metadata.name,
  },
  {
    name: "Ready",
    type: "string",
    description: "Ready replicas of wanted ones.",
    priority: 0,
    jsonPath: ".status.ready",
    cell: (object) => statusOf(object).ready,
  },
  {
    name: "Phase",
    type: "string",
    description: "Place in the plugin life cycle.",
    priority: 0,
    jsonPath: ".status.phase",
    cell: (object) => statusOf(object).phase,
  },
  {
    name: "Version",
    type: "string",
    description: "Version of the installed package.",
    priority: 0,
    jsonPath: ".status.installed.version",
    cell: (object) => statusOf(object).installed?.version,
  },
  {
    name: "Restarts",
    type: "integer",
    description: "Restarts since the object was created.",
    priority: 0,
    jsonPath: ".status.restarts",
    cell: (object) => statusOf(object).restarts,
  },
  {
    name: "Age",
    type: "date",
    description: "Time since the object was created.",
    priority: 0,
    jsonPath: ".metadata.creationTimestamp",
    cell: ({ metadata }) => metadata.creationTimestamp,
  },
  {
    name: "Digest",
    type: "string",
    description: "sha256 of the installed package's tree, its first 12 digits.",
    priority: 1,
    jsonPath: ".status.installed.digest",
    cell: (object) =>
      statusOf(object)
        .installed?.digest.replace(/^sha256:/, "")
        .slice(0, 12),
  },
  {
    name: "Source",
    type: "string",
    description: "Where the package comes from.",
    priority: 1,
    jsonPath: ".spec.source.path",
    cell: ({ spec }) => (spec as PluginSpec).source.path,
  },
  {
    name: "Reason",
    type: "string",
    description: "Reason of the condition Ready.",
    priority: 1,
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    cell: (object) => conditionOf(statusOf(object).conditions, "Ready")?.reason,
  },
];

/** A status may be missing, or be partly written. */
function statusOf(object: StoredObject): Partial<PluginStatus> {
  return object.status ?? {};
}
