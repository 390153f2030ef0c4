import type { ErrorCause } from "../base/errors.ts";
import { isAbsolutePath } from "./absolute-path.ts";
import { childPath } from "./field-path.ts";
import { PLUGIN_FINALIZER, type InputObject } from "./meta.ts";
import { pluginColumns } from "./plugin-columns.ts";
import { pluginSpecSchema } from "./plugin-schema.ts";
import { pluginStatusSchema } from "./plugin-status-schema.ts";
import type { PluginSpec, PluginStatus } from "./plugin.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { PLUGIN_LABEL } from "./views/plugin-replicas.ts";

/** Until the controller has seen it: no generation of it has been observed. */
const NEW_STATUS: Partial<PluginStatus> = {
  observedGeneration: 0,
  phase: "Created",
  conditions: [],
  instances: [],
  blockers: [],
};

export const pluginDefinition: ResourceDefinition = {
  group: "portunix.ai",
  version: "v1alpha1",
  kind: "Plugin",
  plural: "plugins",
  singular: "plugin",
  shortNames: ["plg"],
  categories: ["all", "portunix"],
  namespaced: true,
  schema: {
    type: "object",
    description: "A plugin that Portunix keeps in the state described here.",
    required: ["spec"],
    properties: { spec: pluginSpecSchema, status: pluginStatusSchema },
  },
  columns: pluginColumns,
  hasStatus: true,
  isCustomResource: true,
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: ({ metadata }) => `${PLUGIN_LABEL}=${metadata.name}`,
  },
  // Without it clients that wait by kstatus' rules, such as helm, take a new object for a finished one.
  initialStatus: NEW_STATUS,
  finalizers: [PLUGIN_FINALIZER],
  selectableFields: {
    "status.phase": ({ status }) => (status as Partial<PluginStatus> | undefined)?.phase ?? "",
    "spec.desiredState": ({ spec }) => (spec as PluginSpec).desiredState ?? "",
  },
  validate,
};

function validate({ metadata, spec }: InputObject): readonly ErrorCause[] {
  const plugin = spec as PluginSpec;
  return [
    ...sourceFaults(plugin),
    ...configFromFaults(plugin),
    ...dependsOnFaults(plugin, metadata.name),
    ...probeFaults(plugin),
    ...timingFaults(plugin),
  ];
}

function sourceFaults({ source }: PluginSpec): ErrorCause[] {
  if (isAbsolutePath(source.path)) return [];
  const message =
    "must be an absolute path: relative paths are resolved by `portunix apply` and by sources; give an absolute path through the API";
  return [invalid("spec.source.path", source.path, message)];
}

function configFromFaults({ configFrom = [] }: PluginSpec): ErrorCause[] {
  return configFrom.flatMap((item, index) => {
    const count = [item.secretRef, item.configMapRef].filter((ref) => ref !== undefined).length;
    if (count === 1) return [];
    const message =
      count === 0
        ? "Required value: give one of secretRef and configMapRef"
        : "Forbidden: give only one of secretRef and configMapRef";
    const reason = count === 0 ? "FieldValueRequired" : "FieldValueForbidden";
    return [{ field: childPath("spec.configFrom", index), reason, message }];
  });
}

function dependsOnFaults({ dependsOn = [] }: PluginSpec, ownName: string): ErrorCause[] {
  const names = dependsOn.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const field = `spec.dependsOn[${index}].name`;
    if (name === ownName) return [invalid(field, name, "a Plugin cannot depend on itself")];
    if (names.indexOf(name) === index) return [];
    const message = `Duplicate value: ${JSON.stringify(name)}`;
    return [{ field, reason: "FieldValueDuplicate", message }];
  });
}

function probeFaults({ probes }: PluginSpec): ErrorCause[] {
  return (["startup", "liveness"] as const)
    .filter((name) => probes[name].successThreshold !== 1)
    .map((name) =>
      invalid(`spec.probes.${name}.successThreshold`, probes[name].successThreshold, "must be 1"),
    );
}

function timingFaults({
  restart,
  update,
  terminationGracePeriodSeconds,
}: PluginSpec): ErrorCause[] {
  const faults: ErrorCause[] = [];
  if (restart.initialDelaySeconds > restart.maxDelaySeconds) {
    const message = `must be at most maxDelaySeconds (${restart.maxDelaySeconds})`;
    faults.push(invalid("spec.restart.initialDelaySeconds", restart.initialDelaySeconds, message));
  }
  if (terminationGracePeriodSeconds >= update.progressDeadlineSeconds) {
    const message = `must be less than update.progressDeadlineSeconds (${update.progressDeadlineSeconds})`;
    const field = "spec.terminationGracePeriodSeconds";
    faults.push(invalid(field, terminationGracePeriodSeconds, message));
  }
  return faults;
}

function invalid(field: string, value: string | number, message: string): ErrorCause {
  const text = `Invalid value: ${JSON.stringify(value)}: ${message}`;
  return { field, reason: "FieldValueInvalid", message: text };
}
