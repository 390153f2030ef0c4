import type { Condition } from "../../api/condition.ts";
import type { StoredObject } from "../../api/meta.ts";
import type { PluginStatus } from "../../api/plugin.ts";
import { PLUGINS, type Resource } from "../../client/resources.ts";

/** A Plugin's status as far as it has been written; nothing of it is taken for granted. */
export function statusOf(object: StoredObject): Partial<PluginStatus> {
  const status = object.status;
  return typeof status === "object" && status !== null ? status : {};
}

export function conditionIn(object: StoredObject, type: string): Condition | undefined {
  return statusOf(object).conditions?.find(
    (condition) => condition.type.toLowerCase() === type.toLowerCase(),
  );
}

export function isTrue(object: StoredObject, type: string): boolean {
  return conditionIn(object, type)?.status === "True";
}

/** Whether the controller has decided on the newest spec. */
export function isObserved(object: StoredObject): boolean {
  return (statusOf(object).observedGeneration ?? -1) >= (object.metadata.generation ?? 0);
}

/** Failed for good, for the spec as it is now. */
export function isStalled(object: StoredObject): boolean {
  const stalled = conditionIn(object, "Stalled");
  if (stalled?.status !== "True") return false;
  return (stalled.observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
}

/** `plugin/NAME`, as all commands name objects. */
export function labelOf(kind: string, name: string): string {
  return `${kind.toLowerCase()}/${name}`;
}

/** `plugin`, `configmap`, `deployment.apps`: how a kind is named in front of a name. */
export function typeName({ singular, group }: Resource): string {
  return group === "" || group === PLUGINS.group ? singular : `${singular}.${group}`;
}
