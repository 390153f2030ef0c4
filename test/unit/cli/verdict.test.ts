import { describe, expect, test } from "vitest";
import type { StoredObject } from "../../../src/api/meta.ts";
import { parseFor } from "../../../src/cli/waiting/parse-for.ts";
import { judgeReady } from "../../../src/cli/waiting/verdict.ts";

function plugin(
  conditions: Readonly<Record<string, string>>,
  { generation = 2, observed = 2 } = {},
): StoredObject {
  return {
    apiVersion: "portunix.ai/v1alpha1",
    kind: "Plugin",
    metadata: {
      name: "a",
      uid: "u1",
      resourceVersion: "1",
      generation,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    status: {
      observedGeneration: observed,
      phase: "Running",
      conditions: Object.entries(conditions).map(([type, status]) => ({
        type,
        status,
        reason: `${type}Reason`,
        message: "because",
        observedGeneration: observed,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      })),
    },
  };
}

describe("judgeReady", () => {
  test.each([
    ["an object that is not there", undefined, "waiting"],
    ["a spec that nobody has looked at", plugin({ Ready: "True" }, { observed: 1 }), "waiting"],
    ["Ready", plugin({ Ready: "True", Reconciling: "False" }), "met"],
    ["Ready but still on its way", plugin({ Ready: "True", Reconciling: "True" }), "waiting"],
    ["not Ready", plugin({ Ready: "False" }), "waiting"],
    ["Stalled", plugin({ Ready: "False", Stalled: "True" }), "failed"],
    ["Stalled for an older spec", plugin({ Stalled: "True" }, { observed: 1 }), "waiting"],
    ["Suspended", plugin({ Ready: "False", Suspended: "True" }), "met"],
    ["no status at all", { ...plugin({}), status: undefined }, "waiting"],
  ])("judges %s", (_, object, state) => {
    expect(judgeReady(object).state).toBe(state);
  });

  test("names the reason of a failure", () => {
    expect(judgeReady(plugin({ Stalled: "True" })).message).toBe("StalledReason: because");
  });
});

describe("parseFor", () => {
  test.each([
    ["condition=Ready", plugin({ Ready: "True" }), "met"],
    ["condition=ready=true", plugin({ Ready: "True" }), "met"],
    ["condition=Ready=False", plugin({ Ready: "False" }), "met"],
    ["condition=Ready", plugin({ Ready: "True" }, { observed: 1 }), "waiting"],
    ["condition=Ready", plugin({ Stalled: "True" }), "failed"],
    ["condition=Stalled", plugin({ Stalled: "True" }), "met"],
    ["jsonpath={.status.phase}=Running", plugin({}), "met"],
    ["jsonpath={.status.phase}=Stopped", plugin({}), "waiting"],
    ["jsonpath={.status.conditions[0].type}=Ready", plugin({ Ready: "True" }), "met"],
    ["jsonpath={.status.nothing}", plugin({}), "waiting"],
    ["delete", plugin({}), "waiting"],
    ["delete", undefined, "met"],
  ])("%s", (text, object, state) => {
    expect(parseFor(text).judge(object).state).toBe(state);
  });

  test("says what it understands when it does not", () => {
    expect(() => parseFor("ready")).toThrow(/condition=Ready/);
  });
});
