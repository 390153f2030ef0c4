import { RESTARTED_AT_ANNOTATION, type StoredObject } from "../../api/meta.ts";
import { PortunixError } from "../../base/errors.ts";
import type { Resource } from "../../client/resources.ts";
import { statusOf } from "../objects/plugin-facts.ts";
import { type Judge, judgeReady, type Verdict } from "../waiting/verdict.ts";

/** Whether all of an object runs as its newest spec, and its newest restart, want it. */
export function judgeRollout({ kind, singular }: Resource): Judge {
  if (kind === "Plugin") return judgePlugin;
  if (kind === "Deployment") return judgeDeployment;
  throw new PortunixError(
    "BadRequest",
    `there is no rollout of a ${singular}; name a plugin or a deployment`,
  );
}

const judgePlugin: Judge = (object) => {
  if (object === undefined) return GONE;
  // A restart is no new generation, so that observedGeneration does not tell of it.
  const wanted = object.metadata.annotations?.[RESTARTED_AT_ANNOTATION];
  if (statusOf(object).restartedAt !== wanted) return waiting("the restart has not begun yet");
  return judgeReady(object);
};

interface Deployment {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

interface Condition {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** kubectl's own rules and words. */
const judgeDeployment: Judge = (object) => {
  if (object === undefined) return GONE;
  const { spec, status = {} } = object as unknown as Deployment;
  if ((object.metadata.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting("waiting for its spec to be observed");
  const progress = status.conditions?.find(({ type }) => type === "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded")
    return { state: "failed", message: progress.message };
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const wanted = spec?.replicas ?? 1;
  if (updatedReplicas < wanted)
    return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas)
    return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return { state: "met", message: "rolled out" };
};

const GONE: Verdict = { state: "failed", message: "it is not there any more" };

/** What `rollout restart` sends. @param now - RFC 3339. */
export function restartPatch(
  { kind, singular }: Resource,
  object: StoredObject,
  now: string,
): Readonly<Record<string, unknown>> {
  if (kind === "Plugin") return { metadata: { annotations: { [RESTARTED_AT_ANNOTATION]: now } } };
  if (kind === "Deployment") {
    const annotations = { "kubectl.kubernetes.io/restartedAt": now };
    return { spec: { template: { metadata: { annotations } } } };
  }
  throw new PortunixError(
    "BadRequest",
    `a ${singular} cannot be restarted (${object.metadata.name}); name a plugin or a deployment`,
  );
}

function waiting(message: string): Verdict {
  return { state: "waiting", message };
}
