import { describe, expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import { judgeRollout, restartPatch } from "../../../src/cli/rollout/judge-rollout.ts";
import { PLUGINS, type Resource } from "../../../src/client/resources.ts";

const DEPLOYMENTS: Resource = {
  ...PLUGINS,
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  singular: "deployment",
};

function object(more: object, annotations: Readonly<Record<string, string>> = {}): StoredObject {
  const metadata = { name: "a", generation: 2, annotations };
  return { apiVersion: "v1", kind: "X", metadata, ...more } as unknown as StoredObject;
}

const ready = { conditions: [{ type: "Ready", status: "True" }], observedGeneration: 2 };

describe("a plugin", () => {
  const judge = judgeRollout(PLUGINS);
  test.each([
    ["ready", object({ status: ready }), "met"],
    ["not looked at", object({ status: { ...ready, observedGeneration: 1 } }), "waiting"],
    [
      "restarted, which is not seen yet",
      object({ status: ready }, { "portunix.ai/restartedAt": "t2" }),
      "waiting",
    ],
    [
      "restarted",
      object({ status: { ...ready, restartedAt: "t2" } }, { "portunix.ai/restartedAt": "t2" }),
      "met",
    ],
    ["gone", undefined, "failed"],
  ])("%s", (_, plugin, state) => {
    expect(judge(plugin).state).toBe(state);
  });
});

describe("a deployment", () => {
  const judge = judgeRollout(DEPLOYMENTS);
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  const failed = [{ type: "Progressing", reason: "ProgressDeadlineExceeded", message: "stalled" }];
  test.each([
    [done, "met", "rolled out"],
    [{ ...done, observedGeneration: 1 }, "waiting", "observed"],
    [{ ...done, updatedReplicas: 1 }, "waiting", "1 out of 2 new replicas"],
    [{ ...done, replicas: 3 }, "waiting", "1 old replicas are pending"],
    [{ ...done, availableReplicas: 0 }, "waiting", "0 of 2 updated replicas"],
    [{ ...done, conditions: failed }, "failed", "stalled"],
  ])("%j is %s", (status, state, message) => {
    const verdict = judge(object({ spec: { replicas: 2 }, status }));
    expect(verdict.state).toBe(state);
    expect(verdict.message).toContain(message);
  });
});

test("nothing else is rolled out or restarted", () => {
  const pods: Resource = { ...PLUGINS, kind: "Pod", singular: "pod" };
  expect(() => judgeRollout(pods)).toThrow("no rollout of a pod");
  expect(() => restartPatch(pods, object({}), "t")).toThrow("cannot be restarted");
});
