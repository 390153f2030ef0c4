import type { OwnerReference } from "../meta.ts";
import { desiredStateOf, type Plugin } from "../plugin.ts";

/** On every Pod of a Plugin, and in its Deployment's selector. */
export const PLUGIN_LABEL = "portunix.ai/plugin";
const APP_LABEL = "app.kubernetes.io/name";

/** How many instances the spec asks for: none of a Plugin that is not to run. */
export function wantedReplicas({ metadata, spec, status }: Plugin): number {
  if (metadata.deletionTimestamp !== undefined) return 0;
  const target =
    spec.desiredState === undefined
      ? (status?.desiredState ?? "Running")
      : desiredStateOf(spec, undefined);
  return target === "Running" ? spec.replicas : 0;
}

/** The labels of everything that follows from a Plugin: its own, and what names it. */
export function viewLabels({ metadata }: Plugin): Readonly<Record<string, string>> {
  return { [APP_LABEL]: metadata.name, ...metadata.labels, [PLUGIN_LABEL]: metadata.name };
}

export function ownedBy({ apiVersion, kind, metadata }: Plugin): readonly OwnerReference[] {
  return [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
}

/** The package as Kubernetes would name an image: `system-monitor:1.0.0@sha256:...`; its path before it is installed. */
export function imageOf({ spec, status }: Plugin): string {
  const installed = status?.installed;
  if (installed === undefined) return spec.source.path;
  const digest = installed.digest.startsWith("sha256:")
    ? installed.digest
    : `sha256:${installed.digest}`;
  return `${installed.name}:${installed.version}@${digest}`;
}

/** The one container of a Pod. */
export const CONTAINER_NAME = "plugin";
/** The one node: the machine that the daemon runs on. */
export const NODE_NAME = "portunix";

/** The members of a Pod's spec that its Deployment's template has too. */
export function podSpecOf(plugin: Plugin): object {
  return {
    containers: [
      {
        name: CONTAINER_NAME,
        image: imageOf(plugin),
        imagePullPolicy: "IfNotPresent",
        resources: {},
      },
    ],
    restartPolicy: plugin.spec.restart.policy,
    terminationGracePeriodSeconds: plugin.spec.terminationGracePeriodSeconds,
  };
}
