import { describe, expect, test } from "vitest";
import {
  RESTARTED_AT_ANNOTATION,
  type InputObject,
  type StoredObject,
} from "../../../../src/api/meta.ts";
import type { Plugin } from "../../../../src/api/plugin.ts";
import { editPlugin } from "../../../../src/api/views/deployment-edit.ts";
import {
  type DeploymentSpec,
  type DeploymentStatus,
  deploymentsOf,
} from "../../../../src/api/views/deployments.ts";
import { PortunixError } from "../../../../src/base/errors.ts";
import { condition, instanceOf, pluginOf } from "./plugins.ts";

const BOTH = [instanceOf(0), instanceOf(1)];

describe("the Deployment of a Plugin", () => {
  test("is rolled out when every instance is ready at the newest revision", () => {
    const deployment = deploymentOf(pluginOf({ status: { instances: BOTH } }));
    expect(rollout(deployment)).toBe("done");
    expect(statusOf(deployment)).toMatchObject({
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
    });
    expect(conditionsOf(deployment)).toEqual([
      "Available True MinimumReplicasAvailable",
      "Progressing True NewReplicaSetAvailable",
    ]);
  });

  test("is not rolled out while the newest generation has not been looked at", () => {
    const plugin = pluginOf({ metadata: { generation: 2 }, status: { instances: BOTH } });
    expect(rollout(deploymentOf(plugin))).toBe("not observed");
  });

  test("is not rolled out while a restart has not been looked at", () => {
    const annotations = { [RESTARTED_AT_ANNOTATION]: "2026-01-02T00:00:00Z" };
    const asked = pluginOf({ metadata: { annotations }, status: { instances: BOTH } });
    expect(rollout(deploymentOf(asked))).toBe("not observed");
    const restartedAt = "2026-01-02T00:00:00Z";
    const seen = pluginOf({
      metadata: { annotations },
      status: { instances: BOTH, restartedAt, updateRevision: "r2" },
    });
    expect(rollout(deploymentOf(seen))).toBe("0 of 2 updated");
  });

  test("counts what is old, what goes and what is not ready", () => {
    const old = [instanceOf(0, { revision: "r0" }), instanceOf(1)];
    expect(rollout(deploymentOf(pluginOf({ status: { instances: old } })))).toBe("1 of 2 updated");
    const extra = [...BOTH, instanceOf(2, { state: "stopping" })];
    expect(rollout(deploymentOf(pluginOf({ status: { instances: extra } })))).toBe(
      "old ones remain",
    );
    const unready = [instanceOf(0), instanceOf(1, { state: "notReady" })];
    expect(rollout(deploymentOf(pluginOf({ status: { instances: unready } })))).toBe(
      "1 of 2 available",
    );
  });

  test("has failed for kubectl and kstatus once the Plugin is Stalled", () => {
    const conditions = [
      condition("Ready", "False", "LaunchFailed"),
      condition("Stalled", "True", "LaunchFailed"),
    ];
    expect(rollout(deploymentOf(pluginOf({ status: { conditions } })))).toBe("failed");
  });

  test("of a Plugin that is not to run wants none", () => {
    const deployment = deploymentOf(pluginOf({ spec: { desiredState: "Enabled" } }));
    expect(specOf(deployment).replicas).toBe(0);
    expect(rollout(deployment)).toBe("done");
  });
});

describe("an edit of a Deployment", () => {
  const plugin = pluginOf({ status: { instances: BOTH } });

  test("scales the Plugin", () => {
    const edited = edit(plugin, (spec) => ({ ...spec, replicas: 5 }));
    expect((edited as Plugin).spec.replicas).toBe(5);
  });

  test("restarts the Plugin", () => {
    const annotations = { "kubectl.kubernetes.io/restartedAt": "2026-01-02T00:00:00Z" };
    const edited = edit(plugin, (spec) => {
      return {
        ...spec,
        template: { ...spec.template, metadata: { ...spec.template.metadata, annotations } },
      };
    });
    expect(edited.metadata.annotations).toEqual({
      [RESTARTED_AT_ANNOTATION]: "2026-01-02T00:00:00Z",
    });
    expect((edited as Plugin).spec).toEqual(plugin.spec);
  });

  test("that changes nothing leaves the Plugin as it is", () => {
    expect(edit(plugin, (spec) => spec)).toEqual({
      ...plugin,
      metadata: { ...plugin.metadata, annotations: {} },
    });
  });

  test("of anything else is refused, by field, and says where to go", () => {
    const causes = faultsOf(() =>
      edit(plugin, (spec) => ({ ...spec, template: { ...spec.template, spec: {} }, paused: true })),
    );
    expect(causes.map(({ field }) => field)).toEqual(["spec.paused", "spec.template.spec"]);
    expect(causes[0]?.message).toContain("kubectl edit -n default plugin/web");
    const [object] = deploymentsOf(plugin);
    const labelled = { ...object, metadata: { ...object?.metadata, labels: {} } } as InputObject;
    expect(faultsOf(() => editPlugin(plugin, object as StoredObject, labelled))[0]?.field).toBe(
      "metadata.labels",
    );
  });

  test("does not scale what is not to run", () => {
    const resting = pluginOf({ spec: { desiredState: "Enabled" } });
    const causes = faultsOf(() => edit(resting, (spec) => ({ ...spec, replicas: 3 })));
    expect(causes[0]?.message).toContain("set spec.desiredState to Running");
  });
});

function deploymentOf(plugin: Plugin): StoredObject {
  const [deployment] = deploymentsOf(plugin);
  if (deployment === undefined) throw new RangeError("every Plugin has a Deployment");
  return deployment;
}

function edit(plugin: Plugin, change: (spec: DeploymentSpec) => object): InputObject {
  const object = deploymentOf(plugin);
  return editPlugin(plugin, object, { ...object, spec: change(specOf(object)) });
}

function faultsOf(run: () => unknown) {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof PortunixError) return thrown.causes;
    throw thrown;
  }
  throw new RangeError("nothing was refused");
}

/** The order of kubectl's own questions (polymorphichelpers/rollout_status.go). */
function rollout(deployment: StoredObject): string {
  const { generation } = deployment.metadata;
  const { replicas: wanted } = specOf(deployment);
  const { observedGeneration, replicas, updatedReplicas, availableReplicas } = statusOf(deployment);
  if (generation > observedGeneration) return "not observed";
  if (conditionsOf(deployment).includes("Progressing False ProgressDeadlineExceeded"))
    return "failed";
  if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} updated`;
  if (replicas > updatedReplicas) return "old ones remain";
  if (availableReplicas < updatedReplicas)
    return `${availableReplicas} of ${updatedReplicas} available`;
  return "done";
}

function specOf({ spec }: StoredObject): DeploymentSpec {
  return spec as DeploymentSpec;
}

function statusOf({ status }: StoredObject): DeploymentStatus {
  return status as DeploymentStatus;
}

function conditionsOf(deployment: StoredObject): string[] {
  const conditions = statusOf(deployment).conditions as readonly {
    type: string;
    status: string;
    reason: string;
  }[];
  return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}
