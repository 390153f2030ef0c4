import { canonicalJson } from "../../base/canonical-json.ts";
import { PortunixError } from "../../base/errors.ts";
import { type InputObject, RESTARTED_AT_ANNOTATION, type StoredObject } from "../meta.ts";
import type { Plugin } from "../plugin.ts";
import { type DeploymentSpec, KUBECTL_RESTARTED_AT } from "./deployments.ts";
import { wantedReplicas } from "./plugin-replicas.ts";

/**
 * The Plugin from which the wanted Deployment follows: with as many replicas, and restarted when
 * asked to be. Nothing else of a Plugin can be said through its Deployment.
 *
 * @throws {PortunixError} ManifestInvalid: more was changed, or it is not to run.
 */
export function editPlugin(plugin: Plugin, object: StoredObject, wanted: InputObject): InputObject {
  const before = partsOf(object);
  const after = partsOf(wanted);
  const changed = Object.keys({ ...before.rest, ...after.rest })
    .filter((field) => canonicalJson(before.rest[field]) !== canonicalJson(after.rest[field]))
    .toSorted();
  if (changed.length > 0) throw refusal(plugin, changed, ONLY);
  if (after.replicas !== before.replicas && !isRunning(plugin))
    throw refusal(plugin, ["spec.replicas"], "it is not to run; set spec.desiredState to Running");
  const annotations = {
    ...plugin.metadata.annotations,
    ...(after.restartedAt === undefined ? {} : { [RESTARTED_AT_ANNOTATION]: after.restartedAt }),
  };
  const replicas = after.replicas === before.replicas ? plugin.spec.replicas : after.replicas;
  return {
    ...plugin,
    metadata: { ...plugin.metadata, annotations },
    spec: { ...plugin.spec, replicas },
  };
}

const ONLY = "of a Deployment here only spec.replicas and a restart can be changed";

interface Parts {
  readonly replicas: number;
  readonly restartedAt: string | undefined;
  /** What must stay as it is, by field path. */
  readonly rest: Readonly<Record<string, unknown>>;
}

function partsOf({ metadata, spec }: Pick<InputObject, "metadata" | "spec">): Parts {
  const { replicas, template, ...others } = (spec ?? {}) as Partial<DeploymentSpec>;
  const { [KUBECTL_RESTARTED_AT]: restartedAt, ...annotations } =
    template?.metadata?.annotations ?? {};
  const fields = Object.entries(others).map(([name, value]) => [`spec.${name}`, value] as const);
  return {
    replicas: replicas ?? 1,
    restartedAt,
    rest: {
      ...Object.fromEntries(fields),
      "metadata.labels": metadata.labels ?? {},
      "metadata.annotations": metadata.annotations ?? {},
      "spec.template.spec": template?.spec,
      "spec.template.metadata.labels": template?.metadata?.labels ?? {},
      "spec.template.metadata.annotations": annotations,
    },
  };
}

function isRunning(plugin: Plugin): boolean {
  return plugin.spec.replicas === 0 || wantedReplicas(plugin) > 0;
}

function refusal(plugin: Plugin, fields: readonly string[], why: string): PortunixError {
  const { name, namespace = "" } = plugin.metadata;
  const message = `Forbidden: this Deployment is a view of plugin/${name}: ${why}; change the Plugin instead: kubectl edit -n ${namespace} plugin/${name}`;
  return new PortunixError("ManifestInvalid", "a view cannot be changed so", {
    causes: fields.map((field) => ({ field, reason: "FieldValueForbidden", message })),
  });
}
